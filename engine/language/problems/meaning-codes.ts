import { ACROSS_CODES } from './codes/across.js';
import type { CodeEntry } from './codes/entry.js';
import { FIELD_CODES } from './codes/fields.js';
import { LET_CODES } from './codes/lets.js';
import { METRICS_CODES } from './codes/metrics.js';
import { NAME_CODES } from './codes/names.js';
import { RULE_CODES } from './codes/rules.js';
import { SETTING_CODES } from './codes/settings.js';
import { TEST_CODES } from './codes/tests.js';
import { TYPE_CODES } from './codes/types.js';

/** Every code of the checker, BT2xxx. The example of each produces that code and no other. */
export const MEANING_CODES = {
  ...NAME_CODES,
  ...SETTING_CODES,
  ...TYPE_CODES,
  ...RULE_CODES,
  ...TEST_CODES,
  ...FIELD_CODES,
  ...METRICS_CODES,
  ...LET_CODES,
  ...ACROSS_CODES,
} as const satisfies Readonly<Record<string, CodeEntry & { readonly example: string }>>;

export type MeaningCode = keyof typeof MEANING_CODES;

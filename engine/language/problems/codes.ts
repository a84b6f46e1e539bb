import type { CodeEntry } from './codes/entry.js';
import { MEANING_CODES } from './meaning-codes.js';
import { SYNTAX_CODES } from './syntax-codes.js';

/** What every code of the language means: syntax (`BT1xxx`) and meaning (`BT2xxx`). */
export const LANGUAGE_CODES: ReadonlyMap<string, CodeEntry> = new Map(
  Object.entries<CodeEntry>({ ...SYNTAX_CODES, ...MEANING_CODES }),
);

/** The catalogue of every diagnostic code of the project. */
import { BLOCK_CODES } from '../../engine/blocks/problem-codes.js';
import type { CodeEntry } from '../../engine/language/problems/codes/entry.js';
import { LANGUAGE_CODES } from '../../engine/language/problems/codes.js';
import { RUN_CODES } from '../../engine/verdicts/run-codes.js';
import { SERVICE_CODES } from './service-codes.js';

/** What each code means, in the order of the codes. */
export const CODES: ReadonlyMap<string, CodeEntry> = new Map(
  [
    ...LANGUAGE_CODES,
    ...Object.entries<CodeEntry>(RUN_CODES),
    ...Object.entries<CodeEntry>(SERVICE_CODES),
    ...Object.entries<CodeEntry>(BLOCK_CODES),
  ].sort(([a], [b]) => (a < b ? -1 : 1)),
);

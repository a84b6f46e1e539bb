import { isMetricsWord, MATCHING_WORDS, PRIOR } from './metrics-words.js';

/** Names that only say what the parentheses behind them are for: `/ on (name)`, `with (most_recent = true)`, `across (span.a, span.b)`. */
export const WORDS_APART: ReadonlySet<string> = new Set<string>([...MATCHING_WORDS, 'with', 'across']);

/** Whether a pattern of this name can be given values: behind some names a parenthesis means something else. */
export function isCallable(name: string): boolean {
  return !isMetricsWord(name) && name !== PRIOR && !WORDS_APART.has(name);
}

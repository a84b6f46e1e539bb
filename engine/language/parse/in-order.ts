import type { Diagnostic } from '../problems/diagnostic.js';

/**
 * Diagnostics in the order of the text, each once. Of a word that is none only that is said: what it would mean if it were one
 * does not matter.
 */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const strays = new Set(diagnostics.filter(({ code }) => code === 'BT1009').map(({ range }) => range.start));
  const reported = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { code, range } = diagnostic;
    const key = `${code} ${range.start} ${range.end}`;
    if ((code === 'BT1009' || !strays.has(range.start)) && !reported.has(key)) reported.set(key, diagnostic);
  }
  return [...reported.values()].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
}

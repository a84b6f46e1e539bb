/** The part of TextMate that the grammar uses, enough to hold it to the lexer: flat patterns, and blocks without patterns inside. */
import { readFileSync } from 'node:fs';

interface Pattern {
  readonly name: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
}

export interface Scoped {
  readonly scope: string;
  readonly start: number;
  readonly end: number;
}

const file = new URL('../../extension/syntaxes/betrace.tmLanguage.json', import.meta.url);
const { patterns } = JSON.parse(readFileSync(file, 'utf8')) as { readonly patterns: readonly Pattern[] };
const compiled = patterns.map(({ name, match, begin, end }) => ({
  name,
  start: new RegExp(match ?? begin ?? '(?!)', 'gu'),
  end: end === undefined ? undefined : new RegExp(end, 'gu'),
}));

export function scopesOf(text: string): readonly Scoped[] {
  const found: Scoped[] = [];
  let open: { readonly scope: string; readonly start: number; readonly end: RegExp } | undefined;
  let base = 0;
  for (const line of text.split('\n')) {
    let column = 0;
    while (column < line.length) {
      if (open !== undefined) {
        open.end.lastIndex = column;
        const close = open.end.exec(line);
        if (close === null) break;
        column = close.index + close[0].length;
        found.push({ scope: open.scope, start: open.start, end: base + column });
        open = undefined;
        continue;
      }
      const next = firstMatch(line, column);
      if (next === undefined) break;
      const { pattern, index, length } = next;
      column = index + length;
      if (pattern.end !== undefined) open = { scope: pattern.name, start: base + index, end: pattern.end };
      else found.push({ scope: pattern.name, start: base + index, end: base + column });
    }
    base += line.length + 1;
  }
  return found;
}

/** The earliest match wins, and among those that start at one place the first pattern. */
function firstMatch(line: string, column: number) {
  let best:
    | { readonly pattern: (typeof compiled)[number]; readonly index: number; readonly length: number }
    | undefined;
  for (const pattern of compiled) {
    pattern.start.lastIndex = column;
    const match = pattern.start.exec(line);
    if (match === null || match[0].length === 0) continue;
    if (best === undefined || match.index < best.index)
      best = { pattern, index: match.index, length: match[0].length };
  }
  return best;
}

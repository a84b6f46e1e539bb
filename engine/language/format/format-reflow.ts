import type { Token } from '../text/tokens.js';
import { flatText, isPrefix } from './format-spacing.js';

export const WIDTH = 100;

/** Where a long line may be broken, loosest first: what holds most together is broken last. */
const BREAKS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['|'],
  ['&&', '||'],
  ['then'],
  ['+', '-'],
  ['*', '/'],
];

/** The lines of a piece of text that starts at column `indent`; all but the first are indented further. */
export function reflow(
  tokens: readonly Token[],
  indent: number,
  padded: ReadonlyMap<number, number>,
): readonly string[] {
  const flat = flatText(tokens, padded);
  if (indent + flat.length <= WIDTH) return [flat];
  const breaks = breaksOf(tokens);
  if (breaks.length === 0) return [flat];
  const lines: string[] = [];
  const starts = [0, ...breaks];
  starts.forEach((start, index) => {
    const piece = tokens.slice(start, starts[index + 1] ?? tokens.length);
    const column = index === 0 ? indent : indent + 2;
    const [first = '', ...rest] = reflow(piece, column, padded);
    lines.push(index === 0 ? first : `${' '.repeat(column)}${first}`, ...rest);
  });
  return lines;
}

/** Indices to break before: those of the loosest operator outside of brackets, or in the fewest of them. */
function breaksOf(tokens: readonly Token[]): readonly number[] {
  const found = new Map<number, number[]>();
  const betweens: number[] = [0];
  tokens.forEach((token, index) => {
    const text = token.kind === 'op' || token.kind === 'keyword' ? token.text : '';
    if (text === '(' || text === '{' || text === '[') betweens.push(0);
    else if ((text === ')' || text === '}' || text === ']') && betweens.length > 1) betweens.pop();
    const depth = betweens.length - 1;
    if (text === 'between') betweens[depth] = (betweens[depth] ?? 0) + 1;
    if (text === 'and' && (betweens[depth] ?? 0) > 0) {
      betweens[depth] = (betweens[depth] ?? 0) - 1;
      return;
    }
    const rank = BREAKS.findIndex((texts) => texts.includes(text));
    if (rank < 0 || index === 0 || isPrefix(token, tokens[index - 1])) return;
    const key = depth * BREAKS.length + rank;
    found.set(key, [...(found.get(key) ?? []), index]);
  });
  return found.get(Math.min(...found.keys())) ?? [];
}

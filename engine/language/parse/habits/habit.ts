import type { PartName } from '../../grammar/grammar.js';
import type { Terminal } from '../../grammar/grammar-builder.js';
import { type Diagnostic, replaceFix } from '../../problems/diagnostic.js';
import type { SyntaxCode } from '../../problems/syntax-codes.js';
import { syntaxError } from '../../problems/syntax-diagnostic.js';
import { lex } from '../../text/lexer.js';
import type { Token } from '../../text/tokens.js';

/** Words of another language where a parse is stuck on them. */
export interface Habit {
  /** The tokens that it is about, by number; `to` is the first behind them. */
  readonly from: number;
  readonly to: number;
  /** What they mean, as it is said here: read in their place, and the fix. */
  readonly text?: string;
  /** The fix where what follows is to be read anew with it. */
  readonly fix?: string;
  readonly message: string;
  readonly code: SyntaxCode;
  /** The token that is marked; else all of them are. */
  readonly marked?: number;
}

/** Where a parse is stuck. */
export interface StuckPlace {
  readonly part: PartName;
  /** All tokens of the part. */
  readonly tokens: readonly Token[];
  /** The token that does not fit; at the end of the part, how many tokens there are. */
  readonly index: number;
  readonly expected: readonly Terminal[];
}

/** The tokens with those of a habit replaced by what it means. These take no room, so that nothing else is reported of them. */
export function withoutHabit(tokens: readonly Token[], { from, to, text = '' }: Habit): readonly Token[] {
  const start = tokens[from]?.start ?? 0;
  const meant = lex(text).tokens.map(
    ({ kind, text }): Token => ({ kind, text, start, end: start, missing: true }),
  );
  return [...tokens.slice(0, from), ...meant, ...tokens.slice(to)];
}

export function habitDiagnostic(
  tokens: readonly Token[],
  { from, to, text, fix, message, code, marked }: Habit,
): Diagnostic {
  const start = (tokens[from] ?? tokens.at(-1))?.start ?? 0;
  const range = { start, end: tokens[to - 1]?.end ?? start };
  const place = marked === undefined ? range : (tokens[marked] ?? range);
  const newText = text ?? fix;
  if (newText === undefined) return syntaxError(code, place, message);
  const title = newText === '' ? `Remove ${sourceOf(tokens.slice(from, to))}` : `Write ${newText}`;
  return syntaxError(code, place, message, [replaceFix(title, range, newText)]);
}

/** Tokens as they were written; blanks between them become one. */
export function sourceOf(tokens: readonly Token[]): string {
  return tokens
    .map(({ text, start }, index) => {
      const before = tokens[index - 1];
      return before !== undefined && before.end < start ? ` ${text}` : text;
    })
    .join('');
}

/** A word as it is compared with those of other languages: `starts_with`, `startsWith` and `STARTSWITH` are one. */
export function plain(token: Token | undefined): string {
  return token === undefined ? '' : token.text.toLowerCase().replaceAll('_', '');
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const OPENING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** The number of the bracket that closes the one at `open`; -1 where none does. */
export function closing(tokens: readonly Token[], open: number): number {
  const wanted: string[] = [];
  for (let index = open; index < tokens.length; index++) {
    const { kind, text } = tokens[index] as Token;
    if (kind !== 'op') continue;
    const close = CLOSING[text];
    if (close !== undefined) wanted.push(close);
    else if (OPENING[text] !== undefined && wanted.pop() !== text) return -1;
    if (wanted.length === 0) return index;
  }
  return -1;
}

/** The number of the bracket that opens what the one at `close` closes; -1 where none does. */
export function opening(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let index = close; index >= 0; index--) {
    const { kind, text } = tokens[index] as Token;
    if (kind !== 'op') continue;
    if (OPENING[text] !== undefined) depth++;
    else if (CLOSING[text] !== undefined) depth--;
    if (depth === 0) return index;
  }
  return -1;
}

/** What is between the brackets at `open` and `close`, cut at its commas. */
export function argumentsOf(
  tokens: readonly Token[],
  open: number,
  close: number,
): readonly (readonly Token[])[] {
  const found: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens.slice(open + 1, close)) {
    if (token.kind === 'op' && CLOSING[token.text] !== undefined) depth++;
    if (token.kind === 'op' && OPENING[token.text] !== undefined) depth--;
    if (depth === 0 && token.text === ',' && token.kind === 'op') found.push([]);
    else found.at(-1)?.push(token);
  }
  return found.length === 1 && found[0]?.length === 0 ? [] : found;
}

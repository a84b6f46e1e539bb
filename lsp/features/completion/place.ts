import { type Expected, expectedAt } from '../../../engine/language/parse/expected.js';
import { lex } from '../../../engine/language/text/lexer.js';
import type { Range } from '../../../engine/language/tree/ast.js';

/** Where completions are asked for. */
export interface CompletionPlace {
  readonly text: string;
  readonly offset: number;
  readonly expected: Expected;
  /** What is typed of the word so far, up to the cursor. */
  readonly typed: string;
  /** From the start of the word to its end behind the cursor. */
  readonly replace: Range;
}

export function placeAt(
  text: string,
  offset: number,
  expected: Expected = expectedAt(text, offset),
): CompletionPlace {
  const { from, typed } = expected;
  return { text, offset, expected, typed, replace: { start: from, end: wordEnd(text, from, offset) } };
}

/** The end of the token that is being typed; a string that is not closed on its line ends at the cursor. */
function wordEnd(text: string, from: number, offset: number): number {
  if (from === offset) return offset;
  const lineEnd = text.indexOf('\n', offset);
  const line = text.slice(from, lineEnd === -1 ? text.length : lineEnd);
  const token = lex(line).tokens[0];
  if (token === undefined || token.start !== 0) return offset;
  const quote = line[0] === '"' || line[0] === '`' ? line[0] : undefined;
  if (quote !== undefined && (token.end < 2 || line[token.end - 1] !== quote)) return offset;
  // `event: ` is read with the blank that follows, for its message.
  return Math.max(offset, from + line.slice(0, token.end).trimEnd().length);
}

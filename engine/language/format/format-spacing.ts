import type { Token } from '../text/tokens.js';
import { WORDS_APART } from '../words/callable.js';
import { keywordsFor } from '../words/words.js';

const CALLS: ReadonlySet<string> = new Set(
  keywordsFor('stage', 'count', 'aggregate', 'clause aggregate', 'value function'),
);

/** Whether a `-` or `!` is in front of its operand rather than between two. */
export function isPrefix(token: Token, before: Token | undefined): boolean {
  if (token.kind !== 'op') return false;
  if (token.text === '!') return true;
  if (token.text !== '-') return false;
  if (before === undefined || before.kind === 'keyword') return true;
  return before.kind === 'op' && before.text !== ')' && before.text !== '}' && before.text !== ']';
}

/** Whether a space goes between two tokens of one line. */
function isSpaced(before: Token, token: Token, beforeBefore: Token | undefined): boolean {
  const left = before.kind === 'op' ? before.text : '';
  const right = token.kind === 'op' ? token.text : '';
  if (left === '(' || left === '[' || left === '..' || left === '#') return false;
  if (right === ')' || right === ']' || right === ',' || right === '..' || right === '#') return false;
  // The `by` of a metrics function, which follows its `)`, is not a call.
  if (right === '(' && before.kind === 'keyword' && CALLS.has(before.text)) return beforeBefore?.text === ')';
  if (right === '(' && before.kind === 'name') return WORDS_APART.has(before.text);
  return !isPrefix(before, beforeBefore);
}

/** Tokens on one line. `padded` has widths for tokens that are filled up, to align what follows. */
export function flatText(
  tokens: readonly Token[],
  padded: ReadonlyMap<number, number>,
  outer: readonly [Token | undefined, Token | undefined] = [undefined, undefined],
): string {
  let text = '';
  let [beforeBefore, before] = outer;
  for (const token of tokens) {
    if (text !== '' && before !== undefined && isSpaced(before, token, beforeBefore)) text += ' ';
    text += token.text.padEnd(padded.get(token.start) ?? 0);
    beforeBefore = before;
    before = token;
  }
  return text;
}

import type { Token } from '../text/tokens.js';

/**
 * The tokens of a `let` in which names that are its parameters are distinguished from other names: behind `let charge-over(limit) =` every
 * `limit` is one. So a name that nothing explains stays a mistake everywhere else.
 */
export function withParameters(tokens: readonly Token[]): readonly Token[] {
  const names = new Set(parametersOf(tokens).map(({ text }) => text));
  if (names.size === 0) return tokens;
  const value = tokens.findIndex(({ kind, text }) => kind === 'op' && text === '=');
  return tokens.map((token, index) =>
    index > value && token.kind === 'name' && names.has(token.text) ? { ...token, kind: 'parameter' } : token,
  );
}

/** The names between the parentheses in the head of a `let`. */
export function parametersOf(tokens: readonly Token[]): readonly Token[] {
  const open = tokens[0]?.text === 'export' ? 3 : 2;
  if (tokens[open]?.text !== '(' || tokens[open - 2]?.text !== 'let') return [];
  const close = tokens.findIndex(({ text }, index) => index > open && text === ')');
  const equals = tokens[close + 1]?.text === '=';
  if (close < 0 || !equals) return [];
  return tokens.slice(open + 1, close).filter(({ kind }) => kind === 'name');
}

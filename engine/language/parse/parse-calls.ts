import type { Token } from '../text/tokens.js';
import { isCallable } from '../words/callable.js';
import { keywordsFor } from '../words/words.js';

/**
 * The tokens of a part in which names of patterns that are given values are distinguished from other names: `charge-over(` is followed by a
 * value, or will be where the text ends. A name before a parenthesis with a pattern in it is most likely a function that there is not, which
 * recovery has more to say of.
 */
export function withCalls(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some((token, index) => isCall(tokens, token, index))) return tokens;
  return tokens.map((token, index) => (isCall(tokens, token, index) ? { ...token, kind: 'called' } : token));
}

function isCall(tokens: readonly Token[], { kind, text }: Token, index: number): boolean {
  if (kind !== 'name' || tokens[index + 1]?.text !== '(') return false;
  if (!isCallable(text) || tokens[index - 1]?.text === 'let') return false;
  let inside = index + 2;
  while (PREFIXES.has(tokens[inside]?.text ?? '')) inside++;
  const first = tokens[inside];
  return first === undefined || VALUES.has(first.kind) || VALUE_FUNCTIONS.has(first.text);
}

const PREFIXES: ReadonlySet<string> = new Set(['(', '-', '!']);
const VALUE_FUNCTIONS: ReadonlySet<string> = new Set(keywordsFor('value function'));
/** What a value begins with. */
const VALUES: ReadonlySet<Token['kind']> = new Set<Token['kind']>([
  'constant',
  'intrinsic',
  'scoped',
  'field',
  'bound',
  'parameter',
  'string',
  'int',
  'float',
  'duration',
  'time',
]);

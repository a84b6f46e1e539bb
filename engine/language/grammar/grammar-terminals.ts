import { isWord, type Token, type TokenKind } from '../text/tokens.js';
import { STRUCTURE_OPERATORS } from '../tree/operators.js';
import { functionsOf } from '../tree/value-functions.js';
import type { Word } from '../words/words.js';
import type { Terminal, TerminalRole } from './grammar-builder.js';

/** The terminals of the grammar. Each exists once, so that two places that wait for the same thing are seen to. */

const words = new Map<string, Terminal>();
const operators = new Map<string, Terminal>();

/** A word with a meaning at its place; any kind of word may have the text. */
export function word(text: Word, role: TerminalRole = 'keyword'): Terminal {
  const known = words.get(text);
  if (known !== undefined) return known;
  const terminal: Terminal = {
    test: (token) => token.text === text && isWord(token),
    label: `\`${text}\``,
    text,
    role,
  };
  words.set(text, terminal);
  return terminal;
}

/** An operator or a bracket. */
export function op(text: string): Terminal {
  const known = operators.get(text);
  if (known !== undefined) return known;
  const role = /^[{}()[\],|#]$|^\.\.$/u.test(text) ? 'punctuation' : 'operator';
  const terminal: Terminal = {
    test: (token) => token.text === text && token.kind === 'op',
    label: text === '`' ? 'a backtick' : `\`${text}\``,
    text,
    role,
  };
  operators.set(text, terminal);
  return terminal;
}

/** Any of several operators. */
function anyOp(label: string, ...texts: readonly string[]): Terminal {
  const set = new Set(texts);
  return { test: (token) => token.kind === 'op' && set.has(token.text), label, role: 'operator', texts };
}

export function anyWord(label: string, role: TerminalRole, ...texts: readonly string[]): Terminal {
  const set = new Set(texts);
  return { test: (token) => isWord(token) && set.has(token.text), label, role, texts };
}

function ofKind(label: string, role: TerminalRole, ...kinds: readonly TokenKind[]): Terminal {
  const set = new Set<TokenKind>(kinds);
  return { test: (token) => set.has(token.kind), label, role };
}

function matching(label: string, role: TerminalRole, test: (token: Token) => boolean): Terminal {
  return { test, label, role };
}

export const FIELD = ofKind('a field', 'field', 'field', 'bound', 'intrinsic', 'scoped');
export const BOUND_FIELD = ofKind('a field of a bound span', 'bound field', 'bound');
export const PATTERN_NAME = ofKind('the name of a pattern', 'pattern name', 'name');
export const CALLED_PATTERN = ofKind('the name of a pattern', 'pattern name', 'called');
export const LIST_NAME = ofKind('the name of a list', 'list name', 'name');
/** Of the let that is being read; nothing else has any. */
export const PARAMETER = ofKind('a parameter', 'parameter', 'parameter');
export const NEW_NAME = matching('a name', 'new name', isWord);
export const STRING = ofKind('a string', 'string', 'string');
export const TIME = ofKind('a time', 'number', 'time');
export const DURATION = ofKind('a duration', 'duration', 'duration');
export const NUMBER = ofKind('a number', 'number', 'int', 'float', 'duration');
export const INT = ofKind('a whole number', 'number', 'int');
export const FRACTION = ofKind('a number', 'number', 'int', 'float');
/** Literals except `nil`, whose places the grammar limits. */
export const LITERAL = matching(
  'a literal',
  'literal',
  (token) =>
    token.kind === 'string' ||
    token.kind === 'int' ||
    token.kind === 'float' ||
    token.kind === 'duration' ||
    token.kind === 'time' ||
    (token.kind === 'constant' && token.text !== 'nil'),
);
export const NIL = word('nil', 'literal');
/** Strings are taken too, and reported later with a better message than the parser could give. */
export const RULE_ID = matching(
  'a rule id',
  'rule id',
  (token) => isWord(token) || token.kind === 'bound' || token.kind === 'field' || token.kind === 'string',
);
export const SETTING_NAME = matching(
  'a setting',
  'setting name',
  (token) => token.kind === 'name' || token.kind === 'intrinsic' || token.kind === 'constant',
);
export const SETTING_WORD = ofKind('a word', 'setting value', 'name', 'intrinsic');
export const SERVICE = matching(
  'a service',
  'service',
  (token) =>
    (token.kind === 'name' && !['event', 'link', 'expect'].includes(token.text)) ||
    token.kind === 'string' ||
    token.kind === 'constant' ||
    token.kind === 'intrinsic',
);
export const HINT_NAME = matching('a hint', 'hint name', isWord);

export const COMPARISON = anyOp('a comparison', '=', '!=', '<', '<=', '>', '>=', '=~', '!~');
/** The comparisons that take no `nil`. */
export const NIL_COMPARISON = anyOp('a comparison', '=', '!=');
/** Between numbers: without the regular expressions. */
export const NUMBER_COMPARISON = anyOp('a comparison', '=', '!=', '<', '<=', '>', '>=');
export const SUM_OPERATOR = anyOp('an operator', '+', '-');
export const PRODUCT_OPERATOR = anyOp('an operator', '*', '/', '%');
/** TraceQL has no `%` and no `^` between series. */
export const METRICS_PRODUCT_OPERATOR = anyOp('an operator', '*', '/');
export const LOGIC_OPERATOR = anyOp('`&&` or `||`', '&&', '||');
export const STRUCTURE_OPERATOR = anyOp('a structural operator', ...STRUCTURE_OPERATORS);

export const TEXT_FUNCTION = anyWord('a function', 'function', ...functionsOf('string'));
export const TIME_FUNCTION = anyWord('a function', 'function', ...functionsOf('time'));

export const EXPRESSION_PREFIX = anyOp('`-` or `!`', '-', '!');
export const MINUS = op('-');

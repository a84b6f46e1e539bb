import * as t from '../../grammar/grammar-terminals.js';
import type { Token } from '../../text/tokens.js';
import { quoteString, stringValue } from '../../tree/literals.js';
import { keywordsFor } from '../../words/words.js';
import { callHabit } from './call-habits.js';
import { comparisonText, narrowed, textComparison } from './comparisons.js';
import { placeHabit } from './filter-places.js';
import { closing, type Habit, opening, plain, type StuckPlace, sourceOf } from './habit.js';

const VALUE_FUNCTIONS: ReadonlySet<string> = new Set(keywordsFor('value function'));
const NOTHING: ReadonlySet<string> = new Set(['null', 'none', 'nil', 'undefined', 'nothing', 'missing']);

/** What people write in filters who know another language. */
export function filterHabit(place: StuckPlace): Habit | undefined {
  return (
    placeHabit(place) ??
    wordBehindOperand(place) ??
    callHabit(place) ??
    inFront(place) ??
    byKey(place) ??
    slashes(place)
  );
}

/** Where the operand that ends before a token begins: a field, or a call of a function of values. */
function operandBefore(tokens: readonly Token[], end: number): number | undefined {
  const last = tokens[end - 1];
  if (last === undefined) return undefined;
  if (isField(last)) return end - 1;
  if (last.text !== ')') return undefined;
  const open = opening(tokens, end - 1);
  return VALUE_FUNCTIONS.has(tokens[open - 1]?.text ?? '') ? open - 1 : undefined;
}

function isField({ kind }: Token): boolean {
  return kind === 'field' || kind === 'bound' || kind === 'intrinsic' || kind === 'scoped';
}

/** `name LIKE "a%"`, `span.a is not null`, `span.a between 1 and 2`, `name !contains "a"`, `span.a exists`. */
function wordBehindOperand(place: StuckPlace): Habit | undefined {
  const { tokens, index, expected } = place;
  if (tokens[index]?.text === '=' && ['!=', '=='].includes(tokens[index - 1]?.text ?? ''))
    return doubled(place);
  if (tokens[index]?.text === '[' && plain(tokens[index - 1]) === 'in') return listOf(place, index - 1);
  if (!expected.includes(t.COMPARISON) && plain(tokens[index - 1]) !== 'not') return undefined;
  let position = index;
  if (plain(tokens[position - 1]) === 'not') position--;
  const start = operandBefore(tokens, position);
  if (start === undefined) return undefined;
  const negated = plain(tokens[position]) === 'not' || tokens[position]?.text === '!';
  const word = negated ? position + 1 : position;
  const operand = sourceOf(tokens.slice(start, position));
  const said = (to: number, text: string, message: string, from = start): Habit => ({
    from,
    to,
    text,
    message,
    code: 'BT1011',
  });
  const name = plain(tokens[word]);
  if (negated && name === 'in' && sourceOf(tokens.slice(position, word + 1)) !== 'not in')
    return said(
      word + 1,
      'not in',
      `\`${sourceOf(tokens.slice(position, word + 1))}\` is written \`not in\``,
      position,
    );
  if (name === 'in' && tokens[word + 1]?.kind !== 'name') return listOf(place, word);
  if (name === 'is') return isHabit(place, word);
  if (name === 'between') return between(place, start, word);
  if (name === 'exists')
    return said(
      word + 1,
      `${operand} ${negated ? '=' : '!='} nil`,
      'whether a field is there is asked with `!= nil`',
    );
  const next = tokens[word + 1];
  if (tokens[word]?.text === '==' && next?.text === '=') return doubled({ ...place, index: word + 1 });
  if (tokens[word]?.text === ':' && next?.text === '=')
    return said(word + 2, '=', '`:=` is written `=`', word);
  if (tokens[word]?.text === '~' && next?.kind === 'string')
    return textual(place, start, word, word + 1, 'contains', negated);
  if (tokens[word]?.text === '|' && tokens[word + 2]?.text === ':') {
    const modifier = textComparison(plain(next));
    return modifier && textual(place, start, word, word + 3, modifier, negated);
  }
  if (negated && name === 'starts' && plain(next) === 'with')
    return textual(place, start, word, word + 2, 'starts with', negated);
  const comparison = textComparison(name);
  if (comparison === undefined) return undefined;
  const value = name === 'matches' && ['regex', 'regexp'].includes(plain(next)) ? word + 2 : word + 1;
  return textual(place, start, word, value, comparison, negated);
}

/** `===`, `!==` */
function doubled({ tokens, index }: StuckPlace): Habit {
  const written = sourceOf(tokens.slice(index - 1, index + 1));
  const text = written.startsWith('!') ? '!=' : '=';
  return {
    from: index - 1,
    to: index + 1,
    text,
    message: `\`${written}\` is written \`${text}\``,
    code: 'BT1011',
  };
}

/** A comparison of text, whose value is the token at `value`. */
function textual(
  { tokens, expected }: StuckPlace,
  start: number,
  word: number,
  value: number,
  comparison: NonNullable<ReturnType<typeof textComparison>>,
  negated: boolean,
): Habit | undefined {
  const token = tokens[value];
  if (token === undefined || !(t.LITERAL.test(token) || isField(token))) return undefined;
  const field = tokens[start] as Token;
  const isClause =
    field.kind === 'bound' && !expected.includes(t.word('contains')) && !expected.includes(t.word('in'));
  const outside = isClause ? narrowed(field) : undefined;
  const operand = outside?.own ?? sourceOf(tokens.slice(start, negated ? word - 1 : word));
  const inside = comparisonText(comparison, operand, [token], negated);
  if (inside === undefined) return undefined;
  const text = outside === undefined ? inside : `${outside.pattern} where ${inside}`;
  return {
    from: start,
    to: value + 1,
    text,
    message: `\`${sourceOf(tokens.slice(negated ? word - 1 : word, value))}\` is of another language; here it is \`${text}\``,
    code: 'BT1011',
  };
}

/** `in ["a", "b"]`, `in "a", "b"`. */
function listOf({ tokens }: StuckPlace, word: number): Habit | undefined {
  const message = 'the values behind `in` are in parentheses';
  const open = word + 1;
  if (tokens[open]?.text === '[') {
    const close = closing(tokens, open);
    if (close < 0) return undefined;
    const text = `(${sourceOf(tokens.slice(open + 1, close))})`;
    return { from: open, to: close + 1, text, message, code: 'BT1011' };
  }
  let end = open;
  while (tokens[end] !== undefined && t.LITERAL.test(tokens[end] as Token)) {
    end++;
    if (tokens[end]?.text !== ',') break;
    end++;
  }
  if (end === open) return undefined;
  return { from: open, to: end, text: `(${sourceOf(tokens.slice(open, end))})`, message, code: 'BT1011' };
}

/** `is null`, `is not null`, `is "a"`. */
function isHabit({ tokens }: StuckPlace, word: number): Habit | undefined {
  const negated = plain(tokens[word + 1]) === 'not';
  const value = tokens[negated ? word + 2 : word + 1];
  if (value === undefined) return undefined;
  const isNothing = NOTHING.has(plain(value));
  if (!isNothing && !t.LITERAL.test(value)) return undefined;
  const operator = negated ? '!=' : '=';
  const to = word + (negated ? 3 : 2);
  const text = `${operator} ${isNothing ? 'nil' : value.text}`;
  const written = sourceOf(tokens.slice(word, to));
  return { from: word, to, text, message: `\`${written}\` is written \`${text}\``, code: 'BT1011' };
}

/** `span.a between 1 and 2` */
function between({ tokens }: StuckPlace, start: number, word: number): Habit | undefined {
  const [low, and, high] = tokens.slice(word + 1, word + 4);
  if (low === undefined || high === undefined || !['and', '&&'].includes(plain(and))) return undefined;
  const operand = sourceOf(tokens.slice(start, word));
  const text = `${operand} >= ${low.text} && ${operand} <= ${high.text}`;
  const message = `\`between\` relates patterns; values between two others are \`${text}\``;
  return { from: start, to: word + 4, text, message, code: 'BT1011' };
}

/** `NOT status = error`, `exists span.a` in a filter. */
function inFront({ tokens, index, expected }: StuckPlace): Habit | undefined {
  if (!expected.includes(t.FIELD)) return undefined;
  const word = plain(tokens[index]);
  const next = tokens[index + 1];
  if ((word === 'exists' || word === 'has') && next !== undefined && isField(next)) {
    const text = `${next.text} != nil`;
    return {
      from: index,
      to: index + 2,
      text,
      message: `whether a field is there is asked with \`${text}\``,
      code: 'BT1011',
    };
  }
  if (word !== 'not' || next === undefined) return undefined;
  let end = index + 1;
  while (end < tokens.length && !ENDS_COMPARISON.has(plain(tokens[end]))) {
    const close =
      tokens[end]?.kind === 'op' && /^[([{]$/u.test(tokens[end]?.text ?? '') ? closing(tokens, end) : end;
    if (close < 0) return undefined;
    end = close + 1;
  }
  const inner = tokens.slice(index + 1, end);
  if (inner.length === 0) return undefined;
  const isGroup = inner[0]?.text === '(' && closing(tokens, index + 1) === end - 1;
  const text = isGroup || inner.length === 1 ? `!${sourceOf(inner)}` : `!(${sourceOf(inner)})`;
  const message = `in a filter \`${tokens[index]?.text}\` is written \`!\`, which binds tighter than a comparison: \`${text}\``;
  return { from: index, to: end, text, message, code: 'BT1011' };
}

const ENDS_COMPARISON: ReadonlySet<string> = new Set(['&&', '||', 'and', 'or', ')', '}', ',']);

const SCOPES_BY_KEY: ReadonlyMap<string, string> = new Map([
  ['attributes', 'span'],
  ['attrs', 'span'],
  ['attribute', 'span'],
  ['tags', 'span'],
  ['span', 'span'],
  ['resource', 'resource'],
  ['event', 'event'],
]);

/** `attributes["a"]`, `span["a"]` */
function byKey({ tokens, index, expected }: StuckPlace): Habit | undefined {
  const scope = SCOPES_BY_KEY.get(plain(tokens[index]));
  const key = tokens[index + 2];
  if (scope === undefined || !expected.includes(t.FIELD) || tokens[index + 1]?.text !== '[') return undefined;
  if (key?.kind !== 'string' || tokens[index + 3]?.text !== ']') return undefined;
  const value = stringValue(key.text).value;
  const text = /^[\w.-]+$/u.test(value) ? `${scope}.${value}` : `${scope}.${quoteString(value)}`;
  return { from: index, to: index + 4, text, message: `an attribute is written \`${text}\``, code: 'BT1011' };
}

/** `name =~ /a.b/` */
function slashes({ tokens, index }: StuckPlace): Habit | undefined {
  const operator = tokens[index - 1]?.text;
  if (tokens[index]?.text !== '/' || (operator !== '=~' && operator !== '!~')) return undefined;
  const end = tokens.findIndex(({ text }, position) => position > index && text.endsWith('/'));
  if (end < 0) return undefined;
  const inner = sourceOf(tokens.slice(index + 1, end + 1)).slice(0, -1);
  const text = quoteString(inner);
  const message = `a regular expression is a string: \`${operator} ${text}\``;
  return { from: index, to: end + 1, text, message, code: 'BT1011' };
}

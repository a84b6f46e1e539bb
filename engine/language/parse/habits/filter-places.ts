/** What people write in filters at the wrong place, or with a word between two comparisons. */
import * as t from '../../grammar/grammar-terminals.js';
import type { Token } from '../../text/tokens.js';
import type { StatusName } from '../../tree/kinds.js';
import { closing, type Habit, opening, plain, type StuckPlace, sourceOf } from './habit.js';

export function placeHabit(place: StuckPlace): Habit | undefined {
  return (
    turnedSign(place) ??
    valueOfStatus(place) ??
    between(place) ??
    negatedJoint(place) ??
    unless(place) ??
    doubleBraces(place)
  );
}

/** Signs of two characters, the wrong way round. */
const TURNED: ReadonlyMap<string, string> = new Map([
  ['=<', '<='],
  ['=!', '!='],
]);

/** `span.a =< 5` */
function turnedSign({ tokens, index }: StuckPlace): Habit | undefined {
  const [first, second] = tokens.slice(index - 1, index + 1);
  if (first === undefined || second === undefined || first.end !== second.start) return undefined;
  const written = `${first.text}${second.text}`;
  const text = TURNED.get(written);
  if (text === undefined) return undefined;
  const message = `\`${written}\` is written \`${text}\``;
  return { from: index - 1, to: index + 1, text, message, code: 'BT1011' };
}

const STATUSES: ReadonlyMap<string, StatusName> = new Map([
  ...['failed', 'failure', 'fail', 'err', 'errored'].map((word) => [word, 'error'] as const),
  ...['success', 'succeeded', 'successful'].map((word) => [word, 'ok'] as const),
]);

/** `status = failed` */
function valueOfStatus({ tokens, index }: StuckPlace): Habit | undefined {
  const [field, operator] = tokens.slice(index - 2, index);
  if (operator === undefined || !t.COMPARISON.test(operator)) return undefined;
  if (!/(?:^|[.:])status$/u.test(field?.text ?? '')) return undefined;
  const text = STATUSES.get(plain(tokens[index]));
  if (text === undefined) return undefined;
  const message = `\`${tokens[index]?.text}\` is written \`${text}\``;
  return { from: index, to: index + 1, text, message, code: 'BT1011' };
}

/** `span.a in 1..5`, `span.a in (1..5)` */
function between({ tokens, index }: StuckPlace): Habit | undefined {
  const dots = [index, index + 1].find((position) => tokens[position]?.text === '..');
  const low = dots === undefined ? undefined : tokens[dots - 1];
  const high = dots === undefined ? undefined : tokens[dots + 1];
  if (dots === undefined || low === undefined || high === undefined) return undefined;
  const isGroup = tokens[dots - 2]?.text === '(';
  const word = isGroup ? dots - 3 : dots - 2;
  const field = tokens[word - 1];
  if (plain(tokens[word]) !== 'in' || field === undefined || !t.LITERAL.test(low) || !t.LITERAL.test(high))
    return undefined;
  const text = `${field.text} >= ${low.text} && ${field.text} <= ${high.text}`;
  const message = `values between two others are \`${text}\``;
  const to = isGroup && tokens[dots + 2]?.text === ')' ? dots + 3 : dots + 2;
  return { from: word - 1, to, text, message, code: 'BT1011' };
}

/** The end of the filter that a token is in: the number of its `}`; -1 in none. */
function endOfFilter(tokens: readonly Token[], index: number): number {
  for (let position = index; position < tokens.length; position++) {
    if (tokens[position]?.kind !== 'op' || tokens[position]?.text !== '}') continue;
    const open = opening(tokens, position);
    return open >= 0 && open < index ? position : -1;
  }
  return -1;
}

/** `name = "a" and not status = ok` */
function negatedJoint({ tokens, index }: StuckPlace): Habit | undefined {
  const word = plain(tokens[index]);
  if ((word !== 'and' && word !== 'or') || plain(tokens[index + 1]) !== 'not') return undefined;
  if (endOfFilter(tokens, index) < 0) return undefined;
  const text = word === 'and' ? '&&' : '||';
  const message = `\`${tokens[index]?.text}\` is written \`${text}\` here; \`and\`, \`or\`, \`not\` join the tests of a clause`;
  return { from: index, to: index + 1, text, message, code: 'BT1011' };
}

/** `name = "a" unless status = ok` */
function unless({ tokens, index }: StuckPlace): Habit | undefined {
  if (plain(tokens[index]) !== 'unless') return undefined;
  const end = endOfFilter(tokens, index);
  if (end <= index + 1) return undefined;
  const text = `&& !(${sourceOf(tokens.slice(index + 1, end))})`;
  const message = `\`unless\` is written \`${text}\``;
  return { from: index, to: end, text, message, code: 'BT1011' };
}

/** `{ { name = "a" } }` */
function doubleBraces({ tokens, index, expected }: StuckPlace): Habit | undefined {
  if (tokens[index]?.text !== '{' || tokens[index - 1]?.text !== '{' || !expected.includes(t.FIELD))
    return undefined;
  const close = closing(tokens, index);
  if (close < 0 || tokens[close + 1]?.text !== '}') return undefined;
  const text = sourceOf(tokens.slice(index + 1, close));
  const message = 'a filter has one pair of braces';
  return { from: index, to: close + 1, text, message, code: 'BT1011' };
}

/** How often something may happen, in words. */
import type { Token } from '../../text/tokens.js';
import { closing, type Habit, plain, type StuckPlace, sourceOf } from './habit.js';

const SIGNS: ReadonlyMap<string, string> = new Map([
  ['more than', '>'],
  ['over', '>'],
  ['less than', '<'],
  ['fewer than', '<'],
  ['at most', '<='],
  ['up to', '<='],
  ['at least', '>='],
  ['exactly', '='],
]);

interface Times {
  readonly sign: string;
  readonly number: string;
  /** The number of the first token behind it. */
  readonly to: number;
}

/** `more than 3 times`, `exactly 1`, from a token on. */
function timesAt(tokens: readonly Token[], from: number): Times | undefined {
  for (const length of [2, 1]) {
    const words = tokens
      .slice(from, from + length)
      .map(plain)
      .join(' ');
    const sign = SIGNS.get(words);
    const number = tokens[from + length];
    if (sign === undefined || number?.kind !== 'int') continue;
    const isTimes = ['time', 'times', 'x'].includes(plain(tokens[from + length + 1]));
    return { sign, number: number.text, to: from + length + (isTimes ? 2 : 1) };
  }
  return undefined;
}

/**
 * `{ … } more than 3 times`, `exactly 1 { … }`.
 *
 * @param start where the test begins that the parse is stuck in
 */
export function timesHabit({ tokens, index }: StuckPlace, start: number): Habit | undefined {
  const said = (pattern: readonly Token[], { sign, number }: Times, to: number): Habit => {
    const text = `count(${sourceOf(pattern)}) ${sign} ${number}`;
    return { from: start, to, text, message: `how often is written \`${text}\``, code: 'BT1011' };
  };
  const behind = timesAt(tokens, index);
  if (behind !== undefined && index > start) return said(tokens.slice(start, index), behind, behind.to);
  const before = timesAt(tokens, start);
  if (before === undefined || index < start || index > before.to) return undefined;
  const close = tokens[before.to]?.text === '{' ? closing(tokens, before.to) : before.to;
  if (close < before.to || tokens[close] === undefined) return undefined;
  return said(tokens.slice(before.to, close + 1), before, close + 1);
}

/** `count({ … }) > 5 per trace` */
export function perTrace({ tokens, index }: StuckPlace): Habit | undefined {
  if (!['per', 'in'].includes(plain(tokens[index]))) return undefined;
  const to = ['each', 'every', 'a', 'the'].includes(plain(tokens[index + 1])) ? index + 3 : index + 2;
  if (plain(tokens[to - 1]) !== 'trace') return undefined;
  const message = 'a rule counts in each trace by itself';
  return { from: index, to, text: '', message, code: 'BT1011' };
}

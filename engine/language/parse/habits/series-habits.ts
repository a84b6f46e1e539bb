import { isMetricsWord } from '../../words/metrics-words.js';
import { shareOf } from './clause-habits.js';
import { closing, type Habit, plain, type StuckPlace, sourceOf } from './habit.js';

/** What people write about series who know PromQL or LogQL. */
export function seriesHabit(place: StuckPlace): Habit | undefined {
  if (place.part !== 'over clause' && place.part !== 'query') return undefined;
  return range(place) ?? around(place) ?? stage(place) ?? joined(place) ?? without(place);
}

/** `{ … }[5m]` */
function range({ tokens, index }: StuckPlace): Habit | undefined {
  if (tokens[index]?.text !== '[' || tokens[index + 2]?.text !== ']') return undefined;
  const message = 'how long a window is, `over` says; a selection has no range';
  return { from: index, to: index + 3, text: '', message, code: 'BT1011' };
}

/** Functions of PromQL, as they are called here. */
const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['increase', 'count_over_time'],
  ['irate', 'rate'],
]);

/** `rate({ … })`, `sum by (a) (rate({ … }[5m]))`. */
function around({ tokens, index, part }: StuckPlace): Habit | undefined {
  const start = part === 'query' ? 0 : 1;
  if (index > start + 1) return undefined;
  const message = 'a metrics function is written behind the spans that it counts: `{ … } | rate() by (…)`';
  const first = tokens[start];
  const name = FUNCTIONS.get(first?.text ?? '') ?? first?.text ?? '';
  if (['sum', 'avg', 'min', 'max'].includes(plain(first)))
    return { from: start, to: index + 1, message, code: 'BT1001' };
  if (!isMetricsWord(name) || tokens[start + 1]?.text !== '(') return undefined;
  const close = closing(tokens, start + 1);
  const inner = tokens.slice(start + 2, close);
  if (close < 0 || inner[0]?.text !== '{' || closing(tokens, start + 2) !== close - 1)
    return { from: start, to: index + 1, message, code: 'BT1001' };
  return { from: start, to: close + 1, text: `${sourceOf(inner)} | ${name}()`, message, code: 'BT1001' };
}

/** `| increase()`, `| p99(duration)`, `| histogram_quantile(0.99, duration)`. */
function stage({ tokens, index }: StuckPlace): Habit | undefined {
  const position = tokens.findLastIndex(({ text }, found) => found < index + 1 && text === '|') + 1;
  const name = tokens[position];
  if (name === undefined || position === 0 || tokens[position + 1]?.text !== '(') return undefined;
  const close = closing(tokens, position + 1);
  if (close < 0) return undefined;
  const inner = sourceOf(tokens.slice(position + 2, close));
  const said = (text: string): Habit => ({
    from: position,
    to: close + 1,
    text,
    message: `\`${sourceOf(tokens.slice(position, close + 1))}\` is written \`${text}\``,
    code: 'BT1011',
  });
  const share = shareOf(name);
  if (share !== undefined) return said(`quantile_over_time(${inner}, ${share})`);
  const [fraction, field] = inner.split(/\s*,\s*/u);
  if (plain(name) === 'histogramquantile' && fraction !== undefined && field !== undefined)
    return said(`quantile_over_time(${field}, ${fraction})`);
  const known = FUNCTIONS.get(name.text);
  return known === undefined ? undefined : said(`${known}(${inner})`);
}

/** `A | rate() > 3 and B | rate() > 3` */
function joined({ tokens, index, part }: StuckPlace): Habit | undefined {
  const word = plain(tokens[index]);
  if (part !== 'over clause' || (word !== 'and' && word !== 'or')) return undefined;
  const message = `\`${word}\` joins no series: each comparison is a clause of its own, with its own \`always\` or \`never\``;
  return { from: index, to: index + 1, message, code: 'BT1025' };
}

/** `rate() without (a)` */
function without({ tokens, index }: StuckPlace): Habit | undefined {
  if (plain(tokens[index]) !== 'without') return undefined;
  const message = 'there is no `without`; `by (…)` behind the function lists the labels that series have';
  return { from: index, to: index + 1, message, code: 'BT1001' };
}

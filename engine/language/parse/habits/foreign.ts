import { clauseHabit } from './clause-habits.js';
import { filterHabit } from './filter-habits.js';
import { type Habit, plain, type StuckPlace, sourceOf } from './habit.js';
import { numberHabit } from './number-habits.js';
import { seriesHabit } from './series-habits.js';

/** What of another language a parse is stuck on, if that is known. Texts that parse are never looked at. */
export function foreignHabit(place: StuckPlace): Habit | undefined {
  if (place.tokens[place.index]?.missing) return undefined;
  return (
    comment(place) ??
    setting(place) ??
    test(place) ??
    numberHabit(place) ??
    filterHabit(place) ??
    seriesHabit(place) ??
    clauseHabit(place) ??
    columns(place)
  );
}

/** `# …`, `-- …` */
function comment({ tokens, index }: StuckPlace): Habit | undefined {
  return commentAt(tokens, index) ?? (tokens[index]?.text === '-' ? commentAt(tokens, index - 1) : undefined);
}

/** A comment of another language that begins at a token. Where its line ends is not known, so nothing is read in its place. */
export function commentAt(tokens: StuckPlace['tokens'], index: number): Habit | undefined {
  const [first, second] = tokens.slice(index, index + 2);
  const dashes = first?.text === '-' && second?.text === '-' && first.end === second.start;
  if (first?.text !== '#' && !dashes) return undefined;
  const to = index + (dashes ? 2 : 1);
  return { from: index, to, fix: '//', message: 'comments begin with `//`', code: 'BT1011' };
}

/** `severity := high`, `condition: …`, `sequence by …`. */
function setting({ part, tokens, index }: StuckPlace): Habit | undefined {
  if (part !== 'setting' || index !== 1) return undefined;
  if (tokens[1]?.text === ':' && tokens[2]?.text === '=')
    return { from: 1, to: 3, text: '=', message: '`:=` is written `=`', code: 'BT1011' };
  const message = SECTIONS.get(plain(tokens[0]));
  return message === undefined ? undefined : { from: 0, to: 1, message, code: 'BT1001' };
}

const NO_CONDITION =
  'there is no setting for what a rule is about: it says `when { … }`, `always { … }` or `never { … }`';
/** Sections of rules of other languages. */
const SECTIONS: ReadonlyMap<string, string> = new Map([
  ['sequence', 'a sequence is a test of a clause: `always { … } then { … } within 5m`'],
  ...['condition', 'detection', 'selection', 'query', 'expr', 'filter', 'where', 'match'].map(
    (word) => [word, NO_CONDITION] as const,
  ),
]);

/** Outcomes of tests, as they are called elsewhere. */
const OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['fail', 'violation'],
  ['failure', 'violation'],
  ['error', 'violation'],
  ['violated', 'violation'],
  ['ok', 'pass'],
  ['success', 'pass'],
  ['passed', 'pass'],
]);

/** `expect fail`, `{ amount = 3 }`. */
function test({ part, tokens, index }: StuckPlace): Habit | undefined {
  if (part !== 'test') return undefined;
  const token = tokens[index];
  const outcome = tokens[index - 1]?.text === 'expect' ? OUTCOMES.get(plain(token)) : undefined;
  const said = (from: number, text: string, message: string): Habit => ({
    from,
    to: from + 1,
    text,
    message,
    code: 'BT1011',
  });
  if (outcome !== undefined) return said(index, outcome, `a test expects \`${outcome}\``);
  const name = tokens[index - 1];
  if (token?.text !== '=' || name?.kind !== 'name') return undefined;
  const text = `span.${name.text}`;
  return said(index - 1, text, `an attribute has a scope: \`${text}\``);
}

/** SQL's `select … from`, `order by`, `limit`. */
function columns({ part, tokens, index }: StuckPlace): Habit | undefined {
  if (part === 'setting' || part === 'test') return undefined;
  const word = plain(tokens[index]);
  const [before, from] = [plain(tokens[index - 1]), tokens.findIndex((token) => plain(token) === 'from')];
  if ((before === 'select' || word === 'select') && from > index)
    return {
      from: index,
      to: index + 1,
      message:
        'a rule selects no columns: it says which spans there must, or must not, be, as in `{ span.amount > 1000 }`',
      code: 'BT1001',
    };
  if ((word === 'order' || word === 'sort') && plain(tokens[index + 1]) === 'by')
    return {
      from: index,
      to: tokens.length,
      message: `a rule looks at all spans, in no order: \`${sourceOf(tokens.slice(index))}\` has no place here`,
      code: 'BT1001',
    };
  return undefined;
}

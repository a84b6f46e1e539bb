import * as t from '../../grammar/grammar-terminals.js';
import { Brackets } from '../../text/brackets.js';
import type { Token } from '../../text/tokens.js';
import { quoteString } from '../../tree/literals.js';
import { keywordsFor } from '../../words/words.js';
import { argumentsOf, closing, type Habit, opening, plain, type StuckPlace, sourceOf } from './habit.js';
import { perTrace, timesHabit } from './times.js';

/** What people write in clauses who know another language. */
export function clauseHabit(place: StuckPlace): Habit | undefined {
  if (place.part !== 'clause' && place.part !== 'condition') return undefined;
  return (
    wordForWord(place) ??
    timesHabit(place, clauseStart(place.tokens, place.index)) ??
    perTrace(place) ??
    bareFilter(place) ??
    counted(place) ??
    aggregated(place) ??
    whereBehindAs(place) ??
    lineFilter(place) ??
    grouped(place) ??
    percentile(place) ??
    compared(place) ??
    bound(place)
  );
}

/** Relations, joints and bounds by other names, of one word or two. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['followed by', 'then'],
  ['- >', 'then'],
  ['precedes', 'before'],
  ['until', 'before'],
  ['preceding', 'before'],
  ['follows', 'after'],
  ['following', 'after'],
  ['unless', 'and not'],
  ['while', 'during'],
  ['within', 'during'],
]);

/** `A followed by B`, `A -> B`, `A unless B`. */
function wordForWord({ tokens, index }: StuckPlace): Habit | undefined {
  const [first, second] = tokens.slice(index, index + 2);
  if (first === undefined || index < 2) return undefined;
  for (const length of [2, 1]) {
    const written = length === 2 ? `${plain(first)} ${plain(second)}` : plain(first);
    const text = WORDS.get(written);
    if (text === undefined || (written === 'within' && !startsPattern(tokens[index + 1]))) continue;
    const message = `\`${sourceOf(tokens.slice(index, index + length))}\` is written \`${text}\``;
    return { from: index, to: index + length, text, message, code: 'BT1011' };
  }
  return undefined;
}

function startsPattern(token: Token | undefined): boolean {
  return token?.text === '{' || token?.kind === 'name';
}

/** `never name = "a"`, `when where span.a > 3`, `never span where name = "a"`, `when payment.charge_card`, `when "a"`. */
function bareFilter({ tokens, index }: StuckPlace): Habit | undefined {
  const from = clauseStart(tokens, index);
  const first = tokens[from];
  if (first === undefined) return undefined;
  const isName = first.kind === 'string' || !SCOPED.test(first.text);
  const isAlone = isName && index === from + 1 && (index === tokens.length || isJoint(tokens[index]));
  if (isAlone && (first.kind === 'bound' || first.kind === 'string')) {
    const name = first.kind === 'string' ? first.text : quoteString(first.text);
    const text = `{ name = ${name} }`;
    const message = `a span is found by its name with \`${text}\``;
    return { from, to: index, text, message, code: 'BT1023' };
  }
  const where =
    plain(first) === 'where'
      ? from
      : SUBJECTS.has(plain(first)) && plain(tokens[from + 1]) === 'where'
        ? from + 1
        : -1;
  if (where < 0 || index < from || index > where) return undefined;
  const inner = tokens.slice(where + 1);
  if (inner.length === 0 || inner.some(({ text }) => text === '{')) return undefined;
  const text = `{ ${sourceOf(inner)} }`;
  return {
    from,
    to: tokens.length,
    text,
    message: `a test of a span is in braces: \`${text}\``,
    code: 'BT1023',
  };
}

/** `c.span.a`, which is a field of a bound span whatever else. */
const SCOPED =
  /\.(?:span|resource|event|link|instrumentation|parent|root|start|end|duration|name|kind|status)\b/u;

const SUBJECTS: ReadonlySet<string> = new Set(['span', 'spans', 'any', 'event', 'process', 'trace']);

function isJoint(token: Token | undefined): boolean {
  return token?.text === 'and' || token?.text === 'or';
}

/** Where the test begins that the token is in: behind the word of the clause, `and`, `or` or `not`. */
function clauseStart(tokens: readonly Token[], index: number): number {
  const brackets = new Brackets();
  let start = 1;
  tokens.slice(0, index).forEach((token, position) => {
    brackets.push(token);
    if (brackets.depth === 0 && /^(?:and|or|not|when|always|never)$/u.test(token.text)) start = position + 1;
  });
  return start;
}

/** `count(*)`, `count(name = "a")`, `count(distinct span.a)`. */
function counted({ tokens, index }: StuckPlace): Habit | undefined {
  const open = index - 1;
  if (plain(tokens[open - 1]) !== 'count' || tokens[open]?.text !== '(') return undefined;
  const close = closing(tokens, open);
  const inner = tokens.slice(index, close);
  if (close < 0 || inner.length === 0) return undefined;
  if (inner.length === 1 && inner[0]?.text === '*') {
    const message = '`count` takes a pattern; every span matches `{ }`';
    return { from: index, to: close, text: '{ }', message, code: 'BT1011' };
  }
  if (plain(inner[0]) === 'distinct') {
    const text = `distinct({ }, ${sourceOf(inner.slice(1))})`;
    const message = `different values are counted with \`${text}\``;
    return { from: open - 1, to: close + 1, text, message, code: 'BT1011' };
  }
  if (inner.some(({ text }) => text === '{') || !inner.some((token) => t.COMPARISON.test(token)))
    return undefined;
  const text = `{ ${sourceOf(inner)} }`;
  return {
    from: index,
    to: close,
    text,
    message: `a test of a span is in braces: \`count(${text})\``,
    code: 'BT1023',
  };
}

/** `count > 1`, `sum(span.amount) > 3`, `quantile(P, duration) > 2s`. */
function aggregated({ tokens, index, expected }: StuckPlace): Habit | undefined {
  const word = tokens[index - 1];
  if (word?.text === 'count' && tokens[index]?.text !== '(' && expected.includes(t.op('('))) {
    const message = '`count` takes a pattern: `count({ … })`';
    return { from: index - 1, to: index, message, code: 'BT1002' };
  }
  if (tokens[index]?.text !== ')') return undefined;
  const open = opening(tokens, index);
  const name = tokens[open - 1]?.text ?? '';
  const given = argumentsOf(tokens, open, index);
  if (name === 'quantile' && given.length === 2) {
    const message = '`quantile` takes a pattern, a field and a share of 1: `quantile(A, duration, 0.99)`';
    return { from: open - 1, to: index + 1, message, code: 'BT1002', marked: index };
  }
  return undefined;
}

/** `A as c where span.a > 3` */
function whereBehindAs({ tokens, index }: StuckPlace): Habit | undefined {
  const [as, name] = tokens.slice(index - 2, index);
  if (tokens[index]?.text !== 'where' || as?.text !== 'as' || name === undefined) return undefined;
  const brackets = new Brackets();
  let end = index + 1;
  while (end < tokens.length && (brackets.depth > 0 || !ENDS_WHERE.has(tokens[end]?.text ?? ''))) {
    brackets.push(tokens[end] as Token);
    end++;
  }
  const text = `${sourceOf(tokens.slice(index, end))} as ${name.text}`;
  const message = '`where` comes before `as`: `A where … as x`';
  return { from: index - 2, to: end, text, message, code: 'BT1001', marked: index };
}

/** What ends the expression behind `where`, as far as it can come after `as`. */
const ENDS_WHERE: ReadonlySet<string> = new Set(['and', 'or', ')', ...keywordsFor('relation', 'sequence')]);

/** `{ … } |= "error"` */
function lineFilter({ tokens, index }: StuckPlace): Habit | undefined {
  if (tokens[index]?.text !== '=' || tokens[index - 1]?.text !== '|') return undefined;
  const message =
    'a span has no lines to search: name the field, as in `{ name = "a" && statusMessage contains "error" }`';
  return { from: index - 1, to: index + 1, message, code: 'BT1001' };
}

/** `P group by span.a having count(*) > 1` */
function grouped({ tokens, index }: StuckPlace): Habit | undefined {
  if (plain(tokens[index]) !== 'group' || plain(tokens[index + 1]) !== 'by') return undefined;
  const having = tokens.findIndex((token, position) => position > index && plain(token) === 'having');
  const keys = tokens.slice(index + 2, having < 0 ? undefined : having);
  if (keys.length === 0) return undefined;
  const by = `| by(${sourceOf(keys).replace(/^\((.*)\)$/u, '$1')})`;
  if (having < 0)
    return {
      from: index,
      to: tokens.length,
      text: `${by} | count() > 1`,
      message: `groups are made with \`${by}\``,
      code: 'BT1011',
    };
  const test = sourceOf(tokens.slice(having + 1)).replace(/count\s*\(\s*\*\s*\)/iu, 'count()');
  const text = `${by} | ${test}`;
  return {
    from: index,
    to: tokens.length,
    text,
    message: `groups are made and compared with \`${text}\``,
    code: 'BT1011',
  };
}

/** `p99({ … }, duration)` */
function percentile({ tokens, index }: StuckPlace): Habit | undefined {
  const position = tokens[index]?.text === '(' ? index - 1 : index;
  const share = shareOf(tokens[position]);
  if (share === undefined || tokens[position + 1]?.text !== '(') return undefined;
  const close = closing(tokens, position + 1);
  const given = close < 0 ? [] : argumentsOf(tokens, position + 1, close);
  const [pattern, field] = given.length === 1 ? ['{ }', sourceOf(given[0] ?? [])] : given.map(sourceOf);
  if (pattern === undefined || field === undefined) return undefined;
  const text = `quantile(${pattern}, ${field}, ${share})`;
  return {
    from: position,
    to: close + 1,
    text,
    message: `\`${tokens[position]?.text}\` is written \`${text}\``,
    code: 'BT1011',
  };
}

/** `p99`, `p99.9`: as a share of 1. */
export function shareOf(token: Token | undefined): string | undefined {
  const [, digits] = /^[pP](\d{1,3})$/u.exec(token?.text ?? '') ?? [];
  return digits === undefined ? undefined : String(Number(`0.${digits}`));
}

/** `{ … } > 3`: a pattern compared with a number. */
function compared({ tokens, index, expected }: StuckPlace): Habit | undefined {
  const token = tokens[index];
  const isNumber = token?.kind === 'int';
  const sign = isNumber ? index - 1 : index;
  const operator = tokens[sign];
  const number = tokens[sign + 1];
  if (operator === undefined || !t.NUMBER_COMPARISON.test(operator) || number?.kind !== 'int')
    return undefined;
  if (isNumber ? !expected.includes(t.PATTERN_NAME) : !expected.includes(t.STRUCTURE_OPERATOR))
    return undefined;
  const start = clauseStart(tokens, sign);
  const pattern = tokens.slice(start, sign);
  const brackets = new Brackets();
  for (const token of pattern) brackets.push(token);
  if (brackets.depth > 0 || (pattern.at(-1)?.text !== '}' && pattern.at(-1)?.kind !== 'name'))
    return undefined;
  const counted = `count(${sourceOf(pattern)})`;
  return {
    from: start,
    to: sign,
    text: counted,
    message: `a pattern has no value for \`${operator.text}\` to compare; count its spans, as in \`${counted} ${operator.text} ${number.text}\``,
    code: 'BT1001',
    marked: sign,
  };
}

/** `A before B in 5s`, `A then B with maxspan = 5m`. */
function bound({ tokens, index }: StuckPlace): Habit | undefined {
  const token = tokens[index];
  const isMaxspan = plain(tokens[index + 1]) === 'maxspan' && tokens[index + 2]?.text === '=';
  const value = plain(token) === 'with' && isMaxspan ? index + 3 : index + 1;
  if (plain(token) !== 'in' && value === index + 1) return undefined;
  const limit = tokens[value];
  if (limit?.kind !== 'duration') return undefined;
  const text = `within ${limit.text}`;
  return {
    from: index,
    to: value + 1,
    text,
    message: `\`${sourceOf(tokens.slice(index, value + 1))}\` is written \`${text}\``,
    code: 'BT1011',
  };
}

import type { Token } from '../text/tokens.js';
import type {
  DurationLiteral,
  Expectation,
  ListValue,
  Literal,
  Name,
  StringLiteral,
  TestAttribute,
  TestEntry,
  TestEvent,
  TestItem,
  TestLink,
  TestSpan,
  TestTrace,
  TimeLiteral,
} from '../tree/ast.js';
import { type GrammarBuilder, itemsOf, type Nonterminal } from './grammar-builder.js';
import { durationOf, fieldOf, nameOf, numberOf, rangeOf, stringOf, timeOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { anyWord, op, word } from './grammar-terminals.js';

/** `test "…" of rule { spans expect … }`. */
export function addTest(
  g: GrammarBuilder,
  signedLiteral: Nonterminal<Literal>,
  list: Nonterminal<ListValue>,
): Nonterminal<TestItem> {
  const test = g.nonterminal<TestItem>('test item');
  const span = addSpan(g, signedLiteral, list);
  const spans = g.many('test spans', span);
  const traces = g.many('test traces', addTrace(g, span));
  const until = g.nonterminal<DurationLiteral>('until');
  until.add([word('until'), t.DURATION], ([, duration]) => durationOf(duration));
  const end = g.optional('optional until', until);
  const expect = addExpectation(g);
  const startOfTest = g.nonterminal<TimeLiteral>('time of a test');
  startOfTest.add([word('at'), t.TIME], ([, time]) => timeOf(time));
  const start = g.optional('optional time of a test', startOfTest);
  const file = g.nonterminal<StringLiteral>('file of a test');
  file.add([word('from'), t.STRING], ([, path]) => stringOf(path));
  const source = g.optional('optional file of a test', file);
  test.add(
    [
      word('test'),
      t.STRING,
      word('of'),
      t.RULE_ID,
      start,
      source,
      op('{'),
      spans,
      traces,
      end,
      expect,
      op('}'),
    ],
    ([, title, , rule, begins, from, , trees, others, ends, expectation], range) => ({
      kind: 'test',
      title: stringOf(title),
      rule: nameOf(rule),
      ...(begins === undefined ? {} : { at: begins }),
      ...(from === undefined ? {} : { from }),
      spans: itemsOf(trees),
      traces: itemsOf(others),
      ...(ends === undefined ? {} : { until: ends }),
      expect: expectation,
      range,
    }),
  );
  return test;
}

function addTrace(g: GrammarBuilder, span: Nonterminal<TestSpan>): Nonterminal<TestTrace> {
  const trace = g.nonterminal<TestTrace>('test trace');
  const spans = g.many('spans of a test trace', span);
  trace.add([word('trace'), t.STRING, op('{'), spans, op('}')], ([, name, , trees], range) => ({
    name: stringOf(name),
    spans: itemsOf(trees),
    range,
  }));
  trace.add(
    [word('trace'), t.STRING, OFFSET, op('{'), spans, op('}')],
    ([, name, start, , trees], range) => ({
      name: stringOf(name),
      start: offsetOf(start),
      spans: itemsOf(trees),
      range,
    }),
  );
  return trace;
}

const OFFSET = {
  ...t.DURATION,
  label: 'a time',
  test: (token: Token) => token.kind === 'duration' || token.kind === 'int',
};

function offsetOf(token: Token): TestSpan['start'] {
  const number = numberOf(token);
  if (number.kind === 'float') throw new Error('a time is no float');
  return number;
}

function addSpan(
  g: GrammarBuilder,
  signedLiteral: Nonterminal<Literal>,
  list: Nonterminal<ListValue>,
): Nonterminal<TestSpan> {
  const span = g.nonterminal<TestSpan>('test span');
  const entry = g.nonterminal<TestEntry>('test entry');
  const attribute = addAttribute(g, signedLiteral, list);
  const attributes = braced(g, 'test attributes', attribute);
  g.either<TestEntry>(entry, span, attribute, addEvent(g, attributes), addLink(g, attributes));
  const body = braced(g, 'test entries', entry);
  span.add(
    [t.SERVICE, t.STRING, OFFSET, op('..'), OFFSET, body],
    ([service, name, start, , end, entries], range) => ({
      kind: 'span',
      service: serviceOf(service),
      name: stringOf(name),
      start: offsetOf(start),
      end: offsetOf(end),
      entries,
      range,
    }),
  );
  // Attributes and children each in braces of their own.
  const inBraces = g.many('test entries apart', entry);
  span.add(
    [t.SERVICE, t.STRING, OFFSET, op('..'), OFFSET, op('{'), inBraces, op('}'), op('{'), inBraces, op('}')],
    ([service, name, start, , end, , attributes, , , children], range) => ({
      kind: 'span',
      service: serviceOf(service),
      name: stringOf(name),
      start: offsetOf(start),
      end: offsetOf(end),
      entries: [...itemsOf(attributes), ...itemsOf(children)],
      range,
    }),
  );
  return span;
}

/** A name carries no kind, so a quoted service is kept by its value. */
function serviceOf(token: Token): Name {
  return token.kind === 'string' ? { text: stringOf(token).value, range: rangeOf(token) } : nameOf(token);
}

/** `{ item… }`, or nothing. */
function braced<T>(g: GrammarBuilder, name: string, item: Nonterminal<T>): Nonterminal<readonly T[]> {
  const block = g.nonterminal<readonly T[]>(`${name} in braces`);
  const items = g.many(name, item);
  block.add([], () => []);
  block.add([op('{'), items, op('}')], ([, values]) => itemsOf(values));
  return block;
}

function addAttribute(
  g: GrammarBuilder,
  signedLiteral: Nonterminal<Literal>,
  list: Nonterminal<ListValue>,
): Nonterminal<TestAttribute> {
  const attribute = g.nonterminal<TestAttribute>('test attribute');
  const value = g.nonterminal<Literal | ListValue>('test value');
  g.either<Literal | ListValue>(value, signedLiteral, list);
  attribute.add([t.FIELD, op('='), value], ([field, , set], range) => ({
    kind: 'attribute',
    field: fieldOf(field),
    value: set,
    range,
  }));
  return attribute;
}

function addEvent(
  g: GrammarBuilder,
  attributes: Nonterminal<readonly TestAttribute[]>,
): Nonterminal<TestEvent> {
  const event = g.nonterminal<TestEvent>('test event');
  event.add([word('event'), t.STRING, attributes], ([, name, values], range) => ({
    kind: 'event',
    name: stringOf(name),
    attributes: values,
    range,
  }));
  event.add([word('event'), t.STRING, OFFSET, attributes], ([, name, offset, values], range) => ({
    kind: 'event',
    name: stringOf(name),
    at: offsetOf(offset),
    attributes: values,
    range,
  }));
  return event;
}

function addLink(
  g: GrammarBuilder,
  attributes: Nonterminal<readonly TestAttribute[]>,
): Nonterminal<TestLink> {
  const link = g.nonterminal<TestLink>('test link');
  link.add([word('link'), t.STRING, attributes], ([, name, values], range) => ({
    kind: 'link',
    traceId: stringOf(name),
    attributes: values,
    range,
  }));
  link.add([word('link'), t.STRING, t.STRING, attributes], ([, traceId, spanId, values], range) => ({
    kind: 'link',
    traceId: stringOf(traceId),
    spanId: stringOf(spanId),
    attributes: values,
    range,
  }));
  return link;
}

const CLAUSE = anyWord('`always` or `never`', 'keyword', 'always', 'never');

function addExpectation(g: GrammarBuilder): Nonterminal<Expectation> {
  const expect = g.nonterminal<Expectation>('expectation');
  const clause = g.nonterminal<NonNullable<Expectation['clause']>>('expected clause');
  clause.add([word('of'), CLAUSE, op('#'), t.INT], ([, keyword, , index]) => ({
    keyword: keyword.text as 'always' | 'never',
    index: Number(index.text),
  }));
  const ofClause = g.optional('optional expected clause', clause);
  expect.add([word('expect'), word('pass')], (_, range) => ({ verdict: 'pass', range }));
  expect.add([word('expect'), word('not'), word('applicable')], (_, range) => ({
    verdict: 'not applicable',
    range,
  }));
  expect.add([word('expect'), word('cannot'), word('tell')], (_, range) => ({
    verdict: 'cannot tell',
    range,
  }));
  expect.add([word('expect'), word('undecided')], (_, range) => ({ verdict: 'undecided', range }));
  expect.add([word('expect'), word('vacuous')], (_, range) => ({ verdict: 'vacuous', range }));
  expect.add([word('expect'), word('violation'), ofClause], ([, , failing], range) => ({
    verdict: 'violation',
    ...(failing === undefined ? {} : { clause: failing }),
    range,
  }));
  expect.add([word('expect'), word('violations'), t.INT, ofClause], ([, , count, failing], range) => ({
    verdict: 'violation',
    count: Number(count.text),
    ...(failing === undefined ? {} : { clause: failing }),
    range,
  }));
  return expect;
}

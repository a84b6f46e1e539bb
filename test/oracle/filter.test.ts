/** What a filter matches, rule by rule, with answers worked out by hand. */
import { describe, expect, test } from 'vitest';
import type { Field, FieldExpression, FieldOperator, Literal } from '../../engine/language/tree/ast.js';
import type { AttributeValue } from '../../engine/otlp/model.js';
import {
  attribute,
  binary,
  boolean,
  duration,
  filter,
  float,
  int,
  intrinsic,
  isIn,
  kind,
  literal,
  nil,
  pipeline,
  ref,
  spanAttribute,
  status,
  text,
  unary,
} from '../support/arbitrary/build.js';
import { EPOCH, event, link, type SpanParts, span, trace } from '../support/arbitrary/spans.js';
import { matchPipeline } from '../support/oracle/index.js';

const x = spanAttribute('x');
const y = spanAttribute('y');

function matches(expression: FieldExpression, parts: SpanParts): boolean {
  return matchPipeline(pipeline(filter(expression)), trace(span(1, undefined, parts))).length === 1;
}

/** What the expression is on that span: its negation matches only if it is false. */
function truth(expression: FieldExpression, parts: SpanParts): boolean | 'unknown' {
  if (matches(expression, parts)) return true;
  return matches(unary('!', expression), parts) ? false : 'unknown';
}

const withX = (value: AttributeValue): SpanParts => ({ attributes: { x: value } });
const compare = (operator: FieldOperator, right: Literal): FieldExpression =>
  binary(operator, x, literal(right));

describe('comparisons by type', () => {
  const rows: readonly [AttributeValue, FieldOperator, Literal, boolean][] = [
    // numbers by value, whatever their types
    [1n, '=', int(1n), true],
    [1n, '=', float(1), true],
    [1, '=', int(1n), true],
    [1234.5, '>', int(1000n), true],
    [1n, '!=', float(1), false],
    [2n, '<=', float(2), true],
    [1_000_000n, '=', duration(1_000_000n), true],
    [0.5, '<', duration(1n), true],
    // ints exactly, otherwise as doubles
    [9007199254740993n, '=', int(9007199254740992n), false],
    [9007199254740993n, '=', float(9007199254740992), true],
    // NaN
    [Number.NaN, '=', float(1), false],
    [Number.NaN, '!=', float(1), true],
    [Number.NaN, '>', float(1), false],
    // other types never compare, either way
    ['1', '=', int(1n), false],
    ['1', '!=', int(1n), false],
    ['1', '<', int(2n), false],
    [1n, '=~', text('1'), false],
    [1n, '!~', text('2'), false],
    [true, '=', text('true'), false],
    [true, '!=', text('false'), false],
    [1n, '=', boolean(true), false],
    ['error', '=', status('error'), false],
    ['error', '!=', status('ok'), false],
    ['server', '!=', kind('client'), false],
    [1n, 'contains', int(1n), false],
    [1n, 'starts with', text('1'), false],
    // strings, by UTF-8 bytes
    ['a', '=', text('a'), true],
    ['a', '!=', text('a'), false],
    ['a', '<', text('b'), true],
    ['B', '<', text('a'), true],
    ['', '<', text('a'), true],
    ['ab', '>=', text('a'), true],
    ['é', '>', text('z'), true],
    ['\u{1F600}', '>', text('\uFF5A'), true],
    // regular expressions match the whole string
    ['abc', '=~', text('b'), false],
    ['abc', '=~', text('.*b.*'), true],
    ['abc', '=~', text('a|abc'), true],
    ['a\nc', '=~', text('a.c'), true],
    ['\u{1F600}', '=~', text('.'), true],
    ['ABC', '=~', text('abc'), false],
    ['ABC', '=~', text('(?i)abc'), true],
    ['abc', '!~', text('b'), true],
    ['abc', '!~', text('abc'), false],
    ['', '=~', text('.*'), true],
    // substrings and prefixes
    ['abc', 'contains', text('b'), true],
    ['abc', 'contains', text('B'), false],
    ['abc', 'contains', text(''), true],
    ['abc', 'starts with', text('ab'), true],
    ['abc', 'starts with', text('b'), false],
    // bools know = and != only
    [true, '=', boolean(true), true],
    [true, '!=', boolean(true), false],
    [true, '>', boolean(false), false],
    [true, '>=', boolean(true), false],
  ];
  test.each(rows)('%s %s %o is %s', (value, operator, right, expected) => {
    expect(truth(compare(operator, right), withX(value))).toBe(expected);
  });

  test('the literal may be on the left', () => {
    expect(truth(binary('<', literal(int(1n)), x), withX(2n))).toBe(true);
    expect(truth(binary('<', literal(int(1n)), x), withX([0n, 2n]))).toBe(true);
    expect(truth(binary('!=', literal(int(2n)), x), withX([2n, 2n]))).toBe(false);
    expect(truth(binary('!=', literal(int(2n)), x), withX([0n, 2n]))).toBe(true);
  });
});

describe('arrays', () => {
  const rows: readonly [AttributeValue, FieldOperator, Literal, boolean][] = [
    // any element
    [['a', 'b'], '=', text('b'), true],
    [['a', 'b'], '=', text('c'), false],
    [[1n, 5n], '>', int(4n), true],
    [[1, 5.5], '>', int(5n), true],
    [['ab', 'cd'], '=~', text('c.'), true],
    [['ab', 'cd'], 'starts with', text('c'), true],
    [[true, false], '=', boolean(false), true],
    [['a', 'b'], '!=', text('b'), true],
    [['b', 'b'], '!=', text('b'), false],
    [['a', 'b'], '!=', text('c'), true],
    [['ab', 'cd'], '!~', text('c.'), true],
    [['ab', 'cd'], '!~', text('..'), false],
    // elements of another type
    [['a'], '=', int(1n), false],
    [['a'], '!=', int(1n), false],
    [[1n], '!~', text('x'), false],
    // none at all
    [[], '=', text('a'), false],
    [[], '<', int(1n), false],
    [[], '=~', text('.*'), false],
    [[], 'contains', text(''), false],
    [[], '!=', text('a'), false],
    [[], '!=', int(1n), false],
    [[], '!~', text('.*'), false],
    [[], '!=', status('ok'), false],
    // contains: an element, not a part of one
    [['abc'], 'contains', text('abc'), true],
    [['abc'], 'contains', text('b'), false],
    [[1n, 2n], 'contains', float(2), true],
    [[1n, 2n], 'contains', text('2'), false],
  ];
  test.each(rows)('%o %s %o is %s', (value, operator, right, expected) => {
    expect(truth(compare(operator, right), withX(value))).toBe(expected);
  });

  test('compared with another array nothing holds', () => {
    for (const operator of ['=', '!=', '<', 'contains'] as const) {
      expect(truth(binary(operator, x, x), withX(['a']))).toBe(false);
    }
  });

  test('have no arithmetic', () => {
    expect(truth(binary('=', binary('+', x, literal(int(1n))), literal(int(2n))), withX([1n]))).toBe(
      'unknown',
    );
  });
});

describe('missing values', () => {
  const none: SpanParts = {};
  test.each(['=', '!=', '<', '>=', '=~', '!~', 'contains', 'starts with'] as const)(
    '%s is unknown',
    (operator) => {
      expect(truth(compare(operator, text('a')), none)).toBe('unknown');
      expect(truth(binary('=', x, y), withX('a'))).toBe('unknown');
    },
  );

  test('nil tests presence', () => {
    expect(truth(compare('=', nil), none)).toBe(true);
    expect(truth(compare('!=', nil), none)).toBe(false);
    expect(truth(compare('=', nil), withX([]))).toBe(false);
    expect(truth(compare('!=', nil), withX(''))).toBe(true);
    expect(truth(binary('!=', literal(nil), x), withX(''))).toBe(true);
    expect(truth(binary('=', literal(nil), literal(nil)), none)).toBe(false);
    expect(truth(binary('!=', literal(nil), literal(nil)), none)).toBe(false);
  });

  test('are neither in a list nor out of it', () => {
    expect(truth(isIn(x, [text('a')]), none)).toBe('unknown');
    expect(truth(isIn(x, [text('a')], true), none)).toBe('unknown');
  });
});

describe('in and not in', () => {
  const items = [int(1n), text('a')];
  const rows: readonly [AttributeValue, boolean, boolean][] = [
    [1n, true, false],
    [1, true, false],
    ['a', true, false],
    ['b', false, false], // "b" != 1 is false, so not in is false too
    [[2n, 1n], true, false],
    [[], false, true],
  ];
  test.each(rows)('%o', (value, isInside, isOutside) => {
    expect(truth(isIn(x, items), withX(value))).toBe(isInside);
    expect(truth(isIn(x, items, true), withX(value))).toBe(isOutside);
  });
  test('of one type', () => {
    expect(truth(isIn(x, [int(1n), int(2n)], true), withX(3n))).toBe(true);
    expect(truth(isIn(x, [int(1n), int(2n)], true), withX([3n, 2n]))).toBe(false);
  });
});

describe('logic has three values', () => {
  const yes = compare('=', int(1n));
  const no = compare('=', int(2n));
  const unknown = binary('=', y, literal(int(1n)));
  const rows: readonly [FieldExpression, boolean | 'unknown'][] = [
    [binary('&&', yes, unknown), 'unknown'],
    [binary('&&', no, unknown), false],
    [binary('||', yes, unknown), true],
    [binary('||', no, unknown), 'unknown'],
    [unary('!', unknown), 'unknown'],
    [unary('!', no), true],
    [binary('=', binary('&&', yes, yes), literal(boolean(true))), true],
  ];
  test.each(rows)('%#', (expression, expected) => {
    expect(truth(expression, withX(1n))).toBe(expected);
  });

  test('an attribute alone is its bool value', () => {
    expect(truth(x, withX(true))).toBe(true);
    expect(truth(x, withX(false))).toBe(false);
    expect(truth(x, {})).toBe('unknown');
    expect(truth(x, withX('true'))).toBe(false);
    expect(truth(x, withX([true]))).toBe(false);
    expect(truth(binary('&&', x, yes), withX(1n))).toBe(false);
  });
});

describe('arithmetic', () => {
  const max = 2n ** 63n - 1n;
  const [three, two, zero, most] = [int(3n), int(2n), int(0n), int(max)].map(literal) as [
    FieldExpression,
    FieldExpression,
    FieldExpression,
    FieldExpression,
  ];
  const rows: readonly [FieldExpression, Literal, boolean | 'unknown'][] = [
    [binary('^', two, three), int(8n), true],
    [binary('/', unary('-', three), two), int(-1n), true],
    [binary('%', unary('-', three), two), int(-1n), true],
    [binary('/', three, literal(float(2))), float(1.5), true],
    [binary('/', three, zero), int(0n), 'unknown'],
    [binary('%', three, zero), int(0n), 'unknown'],
    [binary('+', most, literal(int(1n))), int(0n), 'unknown'],
    [binary('*', most, two), int(0n), 'unknown'],
    [binary('^', two, literal(int(63n))), float(2 ** 63), true],
    [binary('^', two, unary('-', literal(int(1n)))), float(0.5), true],
    [unary('-', binary('-', unary('-', most), literal(int(1n)))), int(0n), 'unknown'],
    [binary('+', most, literal(float(1))), float(2 ** 63), true],
    [binary('/', literal(duration(3n)), two), float(1.5), true],
    [binary('/', literal(duration(3n)), literal(duration(2n))), float(1.5), true],
    [binary('/', three, literal(duration(2n))), float(1.5), true],
    [binary('/', binary('/', literal(duration(3n)), literal(duration(3n))), two), float(0.5), true],
    [binary('+', literal(text('a')), two), int(0n), 'unknown'],
  ];
  test.each(rows)('%#', (expression, right, expected) => {
    expect(truth(binary('=', expression, literal(right)), {})).toBe(expected);
  });

  test('doubles follow IEEE', () => {
    const by0 = binary('/', x, literal(float(0)));
    expect(truth(binary('>', by0, literal(int(max))), withX(1))).toBe(true);
    expect(truth(binary('=', by0, by0), withX(0))).toBe(false);
    expect(truth(binary('!=', by0, by0), withX(0))).toBe(true);
    expect(truth(binary('=', binary('^', literal(float(1)), by0), literal(int(1n))), withX(0))).toBe(true);
  });
});

describe('fields', () => {
  const is = (field: Field, value: Literal): FieldExpression => binary('=', ref(field), literal(value));

  test("an unscoped attribute is the span's, whatever its type, else the resource's", () => {
    const field = attribute('any', 'x');
    expect(truth(is(field, int(1n)), { resource: { x: 1n } })).toBe(true);
    expect(truth(is(field, int(1n)), { attributes: { x: 'a' }, resource: { x: 1n } })).toBe(false);
    expect(truth(is(field, int(1n)), { attributes: { x: [] }, resource: { x: 1n } })).toBe(false);
    expect(truth(is(field, int(1n)), {})).toBe('unknown');
  });

  const parts: SpanParts = {
    at: 1,
    ticks: 2,
    kind: 'server',
    status: 'error',
    scope: { name: 'lib', version: '', attributes: new Map([['x', 'i']]) },
  };
  const rows: readonly [Field, Literal, boolean | 'unknown'][] = [
    [intrinsic('span:name'), text('a'), true],
    [intrinsic('span:kind'), kind('server'), true],
    [intrinsic('span:kind'), text('server'), false],
    [intrinsic('span:status'), status('error'), true],
    [intrinsic('span:statusMessage'), text(''), true],
    [intrinsic('span:id'), text('0000000000000001'), true],
    [intrinsic('span:id'), text('1'), false],
    [intrinsic('span:parentID'), text(''), true],
    [intrinsic('span:childCount'), int(0n), true],
    [intrinsic('span:duration'), duration(2_000_000n), true],
    [intrinsic('span:duration'), int(2_000_000n), true],
    [intrinsic('span:start'), int(EPOCH + 1_000_000n), true],
    [intrinsic('span:end'), int(EPOCH + 3_000_000n), true],
    [intrinsic('trace:id'), text('1'), true],
    [intrinsic('trace:id'), text('001'), true],
    [intrinsic('trace:duration'), duration(2_000_000n), true],
    [intrinsic('trace:rootName'), text('a'), true],
    [intrinsic('trace:rootService'), text('s1'), true],
    [intrinsic('instrumentation:name'), text('lib'), true],
    [intrinsic('instrumentation:version'), text(''), true],
    [attribute('instrumentation', 'x'), text('i'), true],
    [attribute('resource', 'service.name'), text('s1'), true],
    [intrinsic('nestedSetParent'), int(-1n), true],
    [attribute('span', 'x', { hop: 'parent' }), text('i'), 'unknown'],
    [intrinsic('span:name', { hop: 'parent' }), text('a'), 'unknown'],
    [intrinsic('span:name', { hop: 'root' }), text('a'), true],
  ];
  test.each(rows)('%o = %o is %s', (field, value, expected) => {
    expect(truth(is(field, value), parts)).toBe(expected);
  });

  test('ids compare to literals, to attributes and to expressions without regard to case', () => {
    const parts = { spanId: '00000000000000ab', attributes: { x: '00000000000000AB' } };
    expect(truth(is(intrinsic('span:id'), text('00000000000000AB')), parts)).toBe(true);
    expect(truth(binary('=', ref(intrinsic('span:id')), x), parts)).toBe(true);
    expect(truth(binary('=~', ref(intrinsic('span:id')), literal(text('0+AB'))), parts)).toBe(true);
  });
});

describe('events and links', () => {
  const eventName = binary('=', ref(intrinsic('event:name')), literal(text('e')));
  const eventX = (operator: FieldOperator, value: Literal) =>
    binary(operator, ref(attribute('event', 'x')), literal(value));
  const both = binary('&&', eventName, eventX('=', int(1n)));

  test('one event satisfies the whole filter', () => {
    expect(matches(both, { events: [event('e', { x: 1n })] })).toBe(true);
    expect(matches(both, { events: [event('e'), event('f', { x: 1n })] })).toBe(false);
  });

  test('of a span without events, a test of one is false, and the rest of the filter stays', () => {
    const either = binary('||', compare('=', int(1n)), eventName);
    expect(matches(either, withX(1n))).toBe(true);
    expect(matches(either, withX(2n))).toBe(false);
    expect(matches(either, {})).toBe(false);
    expect(matches(either, { ...withX(1n), events: [event('f')] })).toBe(true);
    expect(matches(eventName, {})).toBe(false);
    expect(matches(unary('!', eventName), {})).toBe(true);
    expect(matches(unary('!', eventX('=', nil)), {})).toBe(true);
    expect(matches(binary('=', eventName, literal(boolean(false))), {})).toBe(true);
    expect(matches(binary('&&', unary('!', eventName), compare('=', int(1n))), {})).toBe(false);
  });

  test('nil asks for an event without the attribute', () => {
    expect(matches(eventX('=', nil), { events: [event('e', { x: 1n }), event('e')] })).toBe(true);
    expect(matches(eventX('=', nil), { events: [event('e', { x: 1n })] })).toBe(false);
    expect(matches(eventX('=', nil), {})).toBe(false);
  });

  test('negation is within one event', () => {
    expect(matches(unary('!', eventName), { events: [event('e'), event('f')] })).toBe(true);
    expect(matches(unary('!', eventName), { events: [event('e')] })).toBe(false);
  });

  test('an event and a link are some pair of them', () => {
    const toSpan = binary('=', ref(intrinsic('link:spanID')), literal(text('0000000000000002')));
    const expression = binary('&&', eventName, toSpan);
    expect(matches(expression, { events: [event('f'), event('e')], links: [link(1, 1), link(1, 2)] })).toBe(
      true,
    );
    expect(matches(expression, { events: [event('e')] })).toBe(false);
    const alternative = binary('||', eventName, toSpan);
    expect(matches(alternative, { links: [link(1, 2)] })).toBe(true);
    expect(matches(alternative, { events: [event('f')], links: [link(1, 1)] })).toBe(false);
    expect(matches(alternative, { events: [event('e')], links: [link(1, 1)] })).toBe(true);
    expect(matches(alternative, {})).toBe(false);
  });

  test('the time of an event is since the start of its span', () => {
    const late = binary('>', ref(intrinsic('event:timeSinceStart')), literal(duration(1_000_000n)));
    expect(matches(late, { at: 5, events: [event('e', {}, 2)] })).toBe(true);
    expect(matches(late, { at: 5, events: [event('e', {}, 1)] })).toBe(false);
  });
});

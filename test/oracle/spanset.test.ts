/** Structure, spanset operators and pipelines, with answers worked out by hand. */
import { describe, expect, test } from 'vitest';
import type {
  FieldExpression,
  Intrinsic,
  Pipeline,
  SpansetExpression,
  SpansetOperator,
} from '../../engine/language/tree/ast.js';
import type { Span, Trace } from '../../engine/otlp/model.js';
import {
  attribute,
  binary,
  by,
  call,
  coalesce,
  combined,
  duration,
  filter,
  group,
  having,
  int,
  intrinsic,
  literal,
  named,
  operation,
  pipeline,
  ref,
  select,
  spanAttribute,
  spanName,
  text,
  unary,
  value,
} from '../support/arbitrary/build.js';
import { link, span, spanId, trace } from '../support/arbitrary/spans.js';
import { matchPipeline, matchSpansets, pipelineMatches } from '../support/oracle/index.js';

const all = filter();
const none = named('nothing');
const a = named('a');
const b = named('b');
const c = named('c');
const x = spanAttribute('x');

/** The numbers of the spans, in the order of the trace. */
function ids(spans: readonly Span[]): readonly number[] {
  return spans.map((found) => Number.parseInt(found.spanId, 16)).sort((p, q) => p - q);
}
function matched(searched: Pipeline | SpansetExpression, tr: Trace): readonly number[] {
  return ids(matchPipeline('stages' in searched ? searched : pipeline(searched), tr));
}
function holdsFor(expression: FieldExpression, tr: Trace): readonly number[] {
  return matched(filter(expression), tr);
}
function is(name: Intrinsic, number: bigint): FieldExpression {
  return binary('=', ref(intrinsic(name)), literal(int(number)));
}

//        1 a
//       /   \
//     2 b   3 c
//      |
//     4 c
const tree = trace(
  span(1, undefined, { name: 'a', at: 0, ticks: 9 }),
  span(2, 1, { name: 'b', at: 1, ticks: 3 }),
  span(3, 1, { name: 'c', at: 5, ticks: 1 }),
  span(4, 2, { name: 'c', at: 2, ticks: 1 }),
);

describe('operators', () => {
  const rows: readonly [SpansetExpression, SpansetOperator, SpansetExpression, readonly number[]][] = [
    [a, '&&', b, [1, 2]],
    [a, '&&', none, []],
    [a, '||', none, [1]],
    [a, '||', c, [1, 3, 4]],
    [a, '>', c, [3]],
    [a, '>>', c, [3, 4]],
    [c, '<', b, [2]],
    [c, '<<', all, [1, 2]],
    [b, '~', c, [3]],
    [c, '~', c, []],
    [a, '!>', c, [4]],
    [b, '!>>', c, [3]],
    [c, '!<', all, [3, 4]],
    [c, '!<<', all, [3, 4]],
    [b, '!~', c, [4]],
    [none, '!>', c, [3, 4]],
    [a, '!>', none, []],
    [a, '&>', c, [1, 3]],
    [all, '&>>', c, [1, 2, 3, 4]],
    [c, '&<', all, [1, 2, 3, 4]],
    [c, '&<<', b, [2, 4]],
    [all, '&~', c, [2, 3]],
  ];
  test.each(rows)('%#: %o %s', (left, operator, right, expected) => {
    expect(matched(operation(operator, left, right), tree)).toEqual(expected);
  });
});

describe('structure', () => {
  test('numbers a tree depth first, children by start', () => {
    expect([1n, 2n, 3n, 6n].map((left) => holdsFor(is('nestedSetLeft', left), tree))).toEqual([
      [1],
      [2],
      [4],
      [3],
    ]);
    expect([8n, 5n, 4n, 7n].map((right) => holdsFor(is('nestedSetRight', right), tree))).toEqual([
      [1],
      [2],
      [4],
      [3],
    ]);
    expect([-1n, 1n, 2n].map((parent) => holdsFor(is('nestedSetParent', parent), tree))).toEqual([
      [1],
      [2, 3],
      [4],
    ]);
  });

  test('counts children', () => {
    expect(holdsFor(is('span:childCount', 2n), tree)).toEqual([1]);
    expect(holdsFor(is('span:childCount', 1n), tree)).toEqual([2]);
    expect(holdsFor(is('span:childCount', 0n), tree)).toEqual([3, 4]);
  });

  test('reads parents and the root', () => {
    const parentIs = (name: string) =>
      binary('=', ref(intrinsic('span:name', { hop: 'parent' })), literal(text(name)));
    expect(holdsFor(parentIs('a'), tree)).toEqual([2, 3]);
    expect(holdsFor(unary('!', parentIs('a')), tree)).toEqual([4]);
    expect(
      holdsFor(binary('=', ref(intrinsic('span:name', { hop: 'root' })), literal(text('a'))), tree),
    ).toHaveLength(4);
  });

  test('several roots are siblings, and the earliest is the root of the trace', () => {
    const forest = trace(
      span(1, undefined, { name: 'b', at: 2 }),
      span(2, undefined, { name: 'a', at: 1 }),
      span(3, 1, { name: 'c' }),
    );
    expect(matched(operation('~', a, b), forest)).toEqual([1]);
    expect(holdsFor(is('nestedSetLeft', 1n), forest)).toEqual([2]);
    expect(holdsFor(is('nestedSetLeft', 3n), forest)).toEqual([1]);
    expect(holdsFor(binary('=', ref(intrinsic('trace:rootName')), literal(text('a'))), forest)).toHaveLength(
      3,
    );
    const tie = trace(span(2, undefined, { name: 'b' }), span(1, undefined, { name: 'a' }));
    expect(holdsFor(binary('=', ref(intrinsic('trace:rootName')), literal(text('a'))), tie)).toHaveLength(2);
  });

  test('a cycle of parents is cut above its first span', () => {
    const cycle = trace(span(1, 2, { name: 'a' }), span(2, 1, { name: 'b' }), span(3, 2, { name: 'c' }));
    expect(holdsFor(is('nestedSetParent', 0n), cycle)).toEqual([1]);
    expect(matched(operation('>', a, b), cycle)).toEqual([2]);
    expect(matched(operation('>', b, a), cycle)).toEqual([]);
    expect(matched(operation('>>', a, c), cycle)).toEqual([3]);
    expect(matched(operation('~', a, c), cycle)).toEqual([]);
    expect(
      holdsFor(binary('=', ref(intrinsic('span:name', { hop: 'parent' })), literal(text('b'))), cycle),
    ).toEqual([1, 3]);
    expect(holdsFor(is('span:childCount', 1n), cycle)).toEqual([1]);
    expect(holdsFor(binary('=', ref(intrinsic('trace:rootName')), literal(text('a'))), cycle)).toEqual([]);
  });

  test('what leads to no root is related as far as parents lead, also by a parent that is not there', () => {
    const orphan = trace(
      span(1, undefined),
      span(2, 9, { name: 'b' }),
      span(3, 2, { name: 'c' }),
      span(4, 9, { name: 'd' }),
    );
    expect(matched(operation('>', b, c), orphan)).toEqual([3]);
    expect(matched(operation('>>', a, c), orphan)).toEqual([]);
    expect(matched(operation('~', b, named('d')), orphan)).toEqual([4]);
    expect(matched(operation('~', a, b), orphan)).toEqual([]);
    expect(holdsFor(is('nestedSetParent', -1n), orphan)).toEqual([1]);
  });

  test('of two sides of a call with one id the server is the child of the client, and others of the server', () => {
    const pair = trace(
      span(1, undefined, { name: 'a' }),
      span(2, 1, { name: 'client', kind: 'client' }),
      span(2, 1, { name: 'server', kind: 'server' }),
      span(3, 2, { name: 'child' }),
      span(4, 2, { name: 'server child', kind: 'server' }),
    );
    const names = (left: string): readonly string[] =>
      matchPipeline(pipeline(operation('>', named(left), all)), pair).map((matching) => matching.name);
    expect(names('client')).toEqual(['server']);
    expect(names('server')).toEqual(['child', 'server child']);
  });

  test('of several spans with one id the first is the parent', () => {
    const kinds = ['client', 'internal', 'consumer'] as const;
    const three = trace(
      span(1, undefined),
      ...kinds.map((kind, ticks) => span(2, 1, { kind, name: kind, at: ticks })),
      span(3, 2, { name: 'c' }),
    );
    expect(
      holdsFor(binary('=', ref(intrinsic('span:name', { hop: 'parent' })), literal(text('client'))), three),
    ).toEqual([3]);
    expect(matched(operation('>', named('client'), c), three)).toEqual([3]);
    expect(matched(operation('>', named('internal'), c), three)).toEqual([]);
  });

  test('spans are copies only where id, kind, name and start are equal; the longest stays', () => {
    const again = trace(
      span(1, undefined),
      span(2, 1, { name: 'b', ticks: 1 }),
      span(2, 1, { name: 'b', ticks: 3 }),
      span(2, 1, { name: 'b', at: 1 }),
      span(2, 1, { name: 'c' }),
    );
    expect(matched(all, again)).toHaveLength(4);
  });

  test('a span whose link says that its parent is in the trace is not the root', () => {
    const referred = { links: [link(1, 2, { 'opentracing.ref_type': 'child_of' })] };
    const two = trace(
      span(1, undefined, { name: 'a', ...referred }),
      span(2, undefined, { name: 'b', at: 1 }),
    );
    expect(holdsFor(binary('=', ref(intrinsic('trace:rootName')), literal(text('b'))), two)).toEqual([1, 2]);
    const elsewhere = { links: [link(7, 2, { 'opentracing.ref_type': 'child_of' })] };
    const other = trace(
      span(1, undefined, { name: 'a', ...elsewhere }),
      span(2, undefined, { name: 'b', at: 1 }),
    );
    expect(holdsFor(binary('=', ref(intrinsic('trace:rootName')), literal(text('a'))), other)).toEqual([
      1, 2,
    ]);
  });
});

describe('pipelines', () => {
  const grouped = trace(
    span(1, undefined, { name: 'a', attributes: { x: 1n, n: 1n } }),
    span(2, 1, { name: 'a', attributes: { x: 1, n: 2.5 } }),
    span(3, 1, { name: 'b', attributes: { x: 1n, n: 4n } }),
    span(4, 1, { name: 'c', attributes: { n: 'no number' } }),
    span(5, 1, { name: 'c', ticks: 3 }),
    span(6, 1, { name: 'd', attributes: { x: ['p'] } }),
    span(7, 1, { name: 'd', attributes: { x: ['p'] } }),
  );
  const fieldN = spanAttribute('n');
  const groups = (searched: Pipeline): readonly (readonly number[])[] =>
    matchSpansets(searched, grouped).map((spanset) => ids(spanset.spans));

  test('by splits by whole values and their types; missing is a group', () => {
    expect(groups(pipeline(all, by(x)))).toEqual([[1, 3], [2], [4, 5], [6, 7]]);
    expect(groups(pipeline(all, by(x, spanName)))).toEqual([[1], [2], [3], [4, 5], [6, 7]]);
    expect(groups(pipeline(all, by(x), by(spanName)))).toEqual([[1], [3], [2], [4, 5], [6, 7]]);
    expect(groups(pipeline(by(binary('>', fieldN, literal(int(1n))))))).toEqual([
      [1, 4],
      [2, 3],
      [5, 6, 7],
    ]);
  });

  test('coalesce joins what is left', () => {
    expect(groups(pipeline(all, by(x), having(call('count'), '=', value(int(2n))), coalesce))).toEqual([
      [1, 3, 4, 5, 6, 7],
    ]);
    expect(matchSpansets(pipeline(all, by(x), coalesce), grouped)[0]?.attributes).toEqual([]);
  });

  test('select changes nothing', () => {
    expect(matched(pipeline(a, select(attribute('span', 'dne'))), grouped)).toEqual([1, 2]);
  });

  test('a later filter works inside each spanset', () => {
    const twice = pipeline(all, by(x), operation('&&', a, b));
    expect(matched(twice, grouped)).toEqual([1, 3]);
    expect(matched(pipeline(operation('||', a, b), c), grouped)).toEqual([]);
    expect(matched(pipeline(a, operation('>>', all, all)), grouped)).toEqual([2]);
  });

  test('a later filter drops groups that it empties', () => {
    expect(groups(pipeline(all, by(x), a))).toEqual([[1], [2]]);
    expect(groups(pipeline(all, by(x), a, having(call('count'), '<', value(int(1n)))))).toEqual([]);
  });

  const rows: readonly [string, Pipeline, readonly number[]][] = [
    ['count', pipeline(a, having(call('count'), '=', value(int(2n)))), [1, 2]],
    ['literal first', pipeline(a, having(value(int(2n)), '>', call('count'))), []],
    ['sum mixes types', pipeline(all, having(call('sum', fieldN), '=', value(int(7n)))), []],
    ['sum', pipeline(operation('||', a, b), having(call('sum', fieldN), '>', value(int(7n)))), [1, 2, 3]],
    ['avg is a double', pipeline(a, having(call('avg', fieldN), '>', value(int(1n)))), [1, 2]],
    [
      'avg ignores what is no number',
      pipeline(all, having(call('avg', fieldN), '>=', value(duration(2n)))),
      [1, 2, 3, 4, 5, 6, 7],
    ],
    ['min', pipeline(all, having(call('min', fieldN), '=', value(int(1n)))), [1, 2, 3, 4, 5, 6, 7]],
    ['no number at all', pipeline(c, having(call('max', fieldN), '!=', value(int(1n)))), []],
    [
      'arithmetic',
      pipeline(all, having(combined('-', call('max', fieldN), call('min', fieldN)), '=', value(int(3n)))),
      [1, 2, 3, 4, 5, 6, 7],
    ],
    [
      'expressions',
      pipeline(a, having(call('max', binary('*', fieldN, fieldN)), '>', value(int(6n)))),
      [1, 2],
    ],
    ['per group', pipeline(all, by(x), having(call('count'), '>', value(int(1n)))), [1, 3, 4, 5, 6, 7]],
    ['aggregate first', pipeline(having(call('count'), '=', value(int(7n)))), [1, 2, 3, 4, 5, 6, 7]],
  ];
  test.each(rows)('%s', (_, searched, expected) => {
    expect(matched(searched, grouped)).toEqual(expected);
  });

  test('the sum of ints is exact, and nothing when too large', () => {
    const big = trace(
      span(1, undefined, { attributes: { n: 2n ** 63n - 1n } }),
      span(2, 1, { attributes: { n: 1n } }),
      span(3, 1, { name: 'b', attributes: { n: -1n } }),
    );
    const sum = (summed: SpansetExpression) =>
      matched(pipeline(summed, having(call('sum', fieldN), '!=', value(int(0n)))), big);
    expect(sum(a)).toEqual([]);
    expect(sum(all)).toEqual([1, 2, 3]);
  });

  const zero = having(call('count'), '=', value(int(0n)));
  const empties: readonly [string, Pipeline, boolean][] = [
    ['count() = 0 over nothing', pipeline(none, zero), true],
    ['count() = 0 over something', pipeline(a, zero), false],
    ['count() < 5 over nothing', pipeline(none, having(call('count'), '<', value(int(5n)))), true],
    [
      'other aggregates over nothing',
      pipeline(none, having(call('sum', fieldN), '!=', value(int(5n)))),
      false,
    ],
    ['nothing without an aggregate', pipeline(none), false],
    ['twice', pipeline(none, zero, having(call('count'), '<', value(int(1n)))), true],
    ['a filter after it', pipeline(none, zero, all), false],
    ['a filter and an aggregate after it', pipeline(none, zero, all, zero), true],
    ['select after it', pipeline(none, zero, select(attribute('span', 'x'))), true],
    ['in parentheses', pipeline(group(pipeline(none, zero))), true],
    ['joined', pipeline(operation('&&', group(pipeline(none, zero)), a)), false],
    ['grouped', pipeline(none, by(x), zero), false],
    ['grouped, then joined', pipeline(none, by(x), coalesce, zero), false],
    [
      'dropped by an aggregate, then filtered',
      pipeline(a, having(call('count'), '>', value(int(5n))), all, zero),
      false,
    ],
    ['dropped by an aggregate', pipeline(a, having(call('count'), '>', value(int(5n))), zero), false],
  ];
  test.each(empties)('empty: %s', (_, searched, expected) => {
    expect(pipelineMatches(searched, grouped)).toBe(expected);
    if (expected) expect(matchPipeline(searched, grouped)).toEqual([]);
  });

  test('parenthesised pipelines join as their spans', () => {
    const twos = group(pipeline(all, by(x), having(call('count'), '=', value(int(2n)))));
    expect(matched(operation('>', a, twos), grouped)).toEqual([3, 4, 5, 6, 7]);
    expect(matched(operation('&&', a, group(pipeline(c, zero))), grouped)).toEqual([]);
  });

  test('groups carry the values they were made by', () => {
    const [first] = matchSpansets(pipeline(all, by(spanName)), grouped);
    expect(first?.attributes).toEqual([{ stage: 1, values: [{ kind: 'string', value: 'a' }] }]);
    expect(spanId(1)).toBe('0000000000000001');
  });
});

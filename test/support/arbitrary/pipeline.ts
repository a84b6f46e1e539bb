/** Spanset expressions and TraceQL pipelines. */

import fc from 'fast-check';
import type {
  AggregateExpression,
  Field,
  FieldExpression,
  Pipeline,
  SpansetExpression,
  Stage,
} from '../../../engine/language/tree/ast.js';
import { SPANSET_OPERATORS } from '../../../engine/language/tree/operators.js';
import {
  attribute,
  binary,
  bound,
  by,
  call,
  coalesce,
  combined,
  duration,
  filter,
  float,
  group,
  having,
  int,
  intrinsic,
  operation,
  pipeline,
  ref,
  select,
  value,
} from './build.js';
import {
  anyAttribute,
  condition,
  groupKey,
  itemAtom,
  measure,
  nameAtom,
  pick,
  type Surroundings,
  weighted,
} from './expression.js';
import { remember } from './remember.js';
import { TICK } from './spans.js';

function leaf(around: Surroundings): fc.Arbitrary<SpansetExpression> {
  const filters = weighted<FieldExpression | undefined>(
    [4, nameAtom],
    [1, fc.constant(undefined)],
    [3, condition(around, 1)],
  ).map((expression) => filter(expression));
  if (around.bound.length === 0) return filters;
  return weighted<SpansetExpression>([6, filters], [1, pick(...around.bound).map(bound)]);
}

/** `x >> { … }` and its like: compiled in a way of its own. */
function relatedToBound(around: Surroundings): fc.Arbitrary<SpansetExpression> {
  return fc
    .tuple(pick(...SPANSET_OPERATORS), pick(...around.bound), leaf(around))
    .map(([operator, name, right]) => operation(operator, bound(name), right));
}

const spansetExpression = remember((around: Surroundings, depth: number): fc.Arbitrary<SpansetExpression> => {
  if (depth === 0) return leaf(around);
  const deeper = spansetExpression(around, depth - 1);
  const joined = fc
    .tuple(weighted([2, pick('&&', '||' as const)], [3, pick(...SPANSET_OPERATORS)]), deeper, deeper)
    .map(([operator, left, right]) => operation(operator, left, right));
  const nested = pipelineOf(around, depth - 1).map(group);
  return weighted<SpansetExpression>(
    [5, leaf(around)],
    [3, joined],
    [1, nested],
    [around.bound.length > 0 ? 3 : 0, around.bound.length > 0 ? relatedToBound(around) : nested],
  );
});

const aggregateOperand = remember((around: Surroundings): fc.Arbitrary<AggregateExpression> => {
  const counted = fc.constant(call('count'));
  const measured = fc
    .tuple(pick('min', 'max', 'avg', 'sum' as const), measure(around))
    .map(([name, argument]) => call(name, argument));
  const aggregate = weighted<AggregateExpression>([1, counted], [1, measured]);
  const both = fc
    .tuple(
      pick('+', '-', '*', '/' as const),
      aggregate,
      weighted([1, aggregate], [1, pick(1n, 2n).map((n) => value(int(n)))]),
    )
    .map(([operator, left, right]) => combined(operator, left, right));
  const negative = aggregate.map(
    (operand): AggregateExpression => ({ range: { start: 0, end: 0 }, kind: 'negate', operand }),
  );
  return weighted<AggregateExpression>([8, aggregate], [2, both], [1, negative]);
});

const threshold: fc.Arbitrary<AggregateExpression> = weighted<AggregateExpression>(
  [5, pick(0n, 1n, 2n, 3n).map((n) => value(int(n)))],
  [1, pick(0.5, 2).map((n) => value(float(n)))],
  [1, pick(1n, 3n).map((n) => value(duration(n * TICK)))],
);

function aggregateStage(around: Surroundings): fc.Arbitrary<Stage> {
  const operators = pick('=', '!=', '<', '<=', '>', '>=' as const);
  const none = fc.constant(having(call('count'), '=', value(int(0n))));
  const usual = fc
    .tuple(aggregateOperand(around), operators, weighted([6, threshold], [1, aggregateOperand(around)]))
    .map(([left, operator, right]) => having(left, operator, right));
  const mirrored = fc
    .tuple(threshold, operators, aggregateOperand(around))
    .map(([left, operator, right]) => having(left, operator, right));
  return weighted([1, none], [5, usual], [1, mirrored]);
}

function byStage(around: Surroundings): fc.Arbitrary<Stage> {
  return fc.array(groupKey(around), { minLength: 1, maxLength: 2 }).map((expressions) => by(...expressions));
}

function laterStage(around: Surroundings, depth: number): fc.Arbitrary<Stage | SpansetExpression> {
  return weighted<Stage | SpansetExpression>(
    [4, aggregateStage(around)],
    [3, byStage(around)],
    [1, fc.constant(coalesce)],
    [1, anyAttribute({ bound: [], events: true }).map((field) => select(field))],
    [2, spansetExpression(around, Math.min(depth, 1))],
  );
}

/** Behind a filter on an event or link, what is read of one: of that which satisfied it. */
function behindItem(around: Surroundings): fc.Arbitrary<Pipeline> {
  const plain = condition({ ...around, events: false }, 0);
  const asked = weighted<FieldExpression>(
    [3, itemAtom],
    [
      1,
      fc
        .tuple(pick('&&', '||' as const), itemAtom, weighted([1, itemAtom], [1, plain]))
        .map((parts) => binary(...parts)),
    ],
  ).map(filter);
  const expression = weighted<SpansetExpression>(
    [4, asked],
    [
      2,
      fc
        .tuple(pick(...SPANSET_OPERATORS), asked, weighted([1, asked], [1, plain.map(filter)]))
        .map((parts) => operation(...parts)),
    ],
  );
  const read = weighted<Field>(
    [2, fc.constant(intrinsic('event:name'))],
    [2, pick('n', 'k').map((key) => attribute('event', key))],
    [1, fc.constant(attribute('link', 'k'))],
    [1, fc.constant(intrinsic('link:spanID'))],
  );
  const measured = fc
    .tuple(pick('min', 'max', 'sum' as const), pick('>', '<', '=' as const), pick(0n, 1n, 2n))
    .map(([name, operator, limit]) =>
      having(call(name, ref(attribute('event', 'n'))), operator, value(int(limit))),
    );
  const later = weighted<Stage | SpansetExpression>(
    [4, read.map((field) => by(ref(field)))],
    [2, measured],
    [1, asked],
    [1, plain.map(filter)],
  );
  return fc
    .tuple(expression, fc.array(later, { minLength: 1, maxLength: 3 }))
    .map(([first, rest]) => pipeline(first, ...rest));
}

/** A pipeline of one to four stages, mostly begun by a spanset expression. */
const pipelineOf = remember((around: Surroundings, depth: number): fc.Arbitrary<Pipeline> => {
  const first = weighted<Stage | SpansetExpression>(
    [9, spansetExpression(around, depth)],
    [1, weighted<Stage>([1, byStage(around)], [1, aggregateStage(around)])],
  );
  const plain = fc
    .tuple(first, fc.array(laterStage(around, depth), { maxLength: 3 }))
    .map(([start, rest]) => pipeline(start, ...rest));
  return around.events ? weighted<Pipeline>([8, plain], [1, behindItem(around)]) : plain;
});

/** What a rule has where a pattern is wanted: mostly a plain filter, sometimes more. */
export const simplePipeline = remember((around: Surroundings): fc.Arbitrary<Pipeline> => {
  return weighted(
    [6, nameAtom.map((expression) => pipeline(filter(expression)))],
    [2, leaf(around).map((expression) => pipeline(expression))],
    [2, spansetExpression(around, 1).map((expression) => pipeline(expression))],
    [1, pipelineOf(around, 1)],
  );
});

/** Any search query of plain TraceQL with BeTraceDSL's additions, without bound spans. */
export const aPipeline: fc.Arbitrary<Pipeline> = pipelineOf({ bound: [], events: true }, 2);

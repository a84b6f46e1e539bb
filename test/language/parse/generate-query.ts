import fc from 'fast-check';
import type { Field, Setting, WindowClause } from '../../../engine/language/tree/ast.js';
import {
  type Hint,
  type LabelMatching,
  type MetricsExpression,
  type MetricsFunction,
  type MetricsNumber,
  type MetricsOperation,
  type MetricsSelection,
  type MetricsStep,
  type Query,
  VIOLATION_FACTS,
  type ViolationLabel,
  type ViolationMetrics,
} from '../../../engine/language/tree/ast-query.js';
import { clause, expression, field, freeName, literal, pipeline, ruleId, setting } from './generate.js';

/** Arbitrary queries, of everything that can be asked. */

const range = { start: 0, end: 0 };

const int = fc
  .oneof(fc.bigInt(0n, 100n), fc.bigInt(0n, 2n ** 63n - 1n))
  .map((value) => ({ kind: 'int' as const, value, raw: '', range }));
const float = fc
  .double({ min: 0, noNaN: true, noDefaultInfinity: true })
  .map((value) => ({ kind: 'float' as const, value: value === 0 ? 0 : value, raw: '', range }));
const duration = fc
  .bigInt(0n, 10n ** 12n)
  .map((value) => ({ kind: 'duration' as const, value, raw: '', range }));

const OPERATORS = ['+', '-', '*', '/'] as const;

const { number } = fc.letrec<{ number: MetricsNumber }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.oneof(int, float, duration).map((value) => ({ kind: 'literal' as const, literal: value, range })),
    tie('number').map((operand) => ({ kind: 'negate' as const, operand, range })),
    fc
      .record({ operator: fc.constantFrom(...OPERATORS), left: tie('number'), right: tie('number') })
      .map((node) => ({ kind: 'binary' as const, ...node, range })),
  ),
}));

const by: fc.Arbitrary<readonly Field[]> = fc.array(field, { maxLength: 2 });
const metricsFunction: fc.Arbitrary<MetricsFunction> = fc.oneof(
  fc
    .record({ kind: fc.constantFrom('rate' as const, 'count_over_time' as const), by })
    .map((node) => ({ ...node, range })),
  fc
    .record({
      kind: fc.constantFrom(
        'min_over_time' as const,
        'max_over_time' as const,
        'distinct_over_time' as const,
        'avg_over_time' as const,
        'sum_over_time' as const,
        'histogram_over_time' as const,
      ),
      field,
      by,
    })
    .map((node) => ({ ...node, range })),
  fc
    .record({ field, quantiles: fc.array(fc.oneof(int, float), { minLength: 1, maxLength: 3 }), by })
    .map((node) => ({ kind: 'quantile_over_time' as const, ...node, range })),
  fc
    .record({
      inner: fc.option(expression, { nil: undefined }),
      top: fc.option(int, { nil: undefined }),
      span: fc.option(fc.tuple(int, int), { nil: undefined }),
    })
    .map(({ inner, top, span }) => ({
      kind: 'compare' as const,
      selection: { kind: 'filter' as const, ...(inner === undefined ? {} : { expression: inner }), range },
      ...(top === undefined ? {} : { top, ...(span === undefined ? {} : { start: span[0], end: span[1] }) }),
      range,
    })),
);

const comparison = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
const step: fc.Arbitrary<MetricsStep> = fc.oneof(
  fc
    .record({ kind: fc.constantFrom('topk' as const, 'bottomk' as const), count: int })
    .map((node) => ({ ...node, range })),
  fc
    .record({
      operator: comparison,
      value: number,
    })
    .map((node) => ({ kind: 'threshold' as const, ...node, range })),
);
const steps = fc.array(step, { maxLength: 3 });

const selection: fc.Arbitrary<MetricsSelection> = fc
  .record({
    prior: fc.option(duration, { nil: undefined }),
    pipeline,
    function: metricsFunction,
    steps,
  })
  .map(({ prior, ...node }) => ({
    kind: 'selection' as const,
    ...(prior === undefined ? {} : { prior }),
    ...node,
    range,
  }));
const matching: fc.Arbitrary<LabelMatching> = fc
  .record({
    kind: fc.constantFrom('on' as const, 'ignoring' as const),
    labels: fc.array(field, { minLength: 1, maxLength: 2 }),
  })
  .map((node) => ({ ...node, range }));
const { operation } = fc.letrec<{ operation: MetricsOperation; side: MetricsExpression }>((tie) => ({
  side: fc.oneof({ maxDepth: 3, depthSize: 'small' }, selection, tie('operation')),
  operation: fc
    .record({
      operator: fc.constantFrom(...OPERATORS),
      series: tie('side'),
      other: fc.oneof(tie('side'), number),
      left: fc.boolean(),
      matching: fc.option(matching, { nil: undefined }),
    })
    .map(({ operator, series, other, left, matching: on }) => ({
      kind: 'operation' as const,
      operator,
      left: left ? series : other,
      right: left ? other : series,
      // Between two series only.
      ...(on === undefined || !('steps' in other) ? {} : { matching: on }),
      steps: [],
      range,
    })),
}));

/** A metrics expression as it is written in a query. */
export const metrics: fc.Arbitrary<MetricsExpression> = fc.oneof(
  selection,
  fc.record({ operation, steps }).map(({ operation: node, steps: after }) => ({ ...node, steps: after })),
);

export const over: fc.Arbitrary<Setting> = fc
  .record({ value: duration, every: fc.option(duration, { nil: undefined }) })
  .map(({ value, every }) => ({
    kind: 'setting',
    name: { text: 'over', range },
    value,
    ...(every === undefined ? {} : { every }),
    range,
  }));
export const windowClause: fc.Arbitrary<WindowClause> = fc
  .record({
    kind: fc.constantFrom('when' as const, 'always' as const, 'never' as const),
    series: metrics,
    operator: comparison,
    value: number,
  })
  .map(({ kind, ...test }) => ({ kind, test: { ...test, range }, range }));

const violationLabels = (minLength: number): fc.Arbitrary<readonly ViolationLabel[]> =>
  fc.array(
    fc.oneof(
      field,
      fc.constantFrom(...VIOLATION_FACTS).map((name) => ({ kind: 'fact' as const, name, range })),
    ),
    { minLength, maxLength: 3 },
  );
const violationMetrics: fc.Arbitrary<ViolationMetrics> = fc
  .record({
    kind: fc.constantFrom('rate' as const, 'count_over_time' as const),
    by: violationLabels(0),
    steps,
  })
  .map((node) => ({ ...node, range }));

const hint: fc.Arbitrary<Hint> = fc
  .record({ name: freeName, value: literal })
  .map(({ name, value }) => ({ name: { text: name, range }, value, range }));
const hints = fc.array(hint, { maxLength: 2 });

export const query: fc.Arbitrary<Query> = fc.oneof(
  fc.record({ pipeline, hints }).map((node) => ({ kind: 'search' as const, ...node, range })),
  {
    weight: 3,
    arbitrary: fc
      .record({ expression: metrics, hints })
      .map((node) => ({ kind: 'metrics' as const, ...node, range })),
  },
  fc
    .record({
      text: ruleId,
      counted: fc.oneof(
        fc.constant({}),
        violationMetrics.map((metrics) => ({ metrics })),
        violationLabels(1).map((by) => ({ by })),
      ),
    })
    .map(({ text, counted }) => ({
      kind: 'violations' as const,
      rule: { text, range },
      ...counted,
      range,
    })),
  fc
    .record({
      settings: fc.array(setting, { maxLength: 2 }),
      clauses: fc.array(clause, { minLength: 1, maxLength: 3 }),
    })
    .map((node) => ({ kind: 'rule' as const, ...node, range })),
  fc
    .record({
      window: over,
      settings: fc.array(setting, { maxLength: 1 }),
      clauses: fc.array(windowClause, { maxLength: 2 }),
    })
    .map(({ window, settings, clauses }) => ({
      kind: 'over rule' as const,
      settings: [window, ...settings],
      clauses,
      range,
    })),
);

/** Random metrics queries. */
import fc from 'fast-check';
import { parseQuery } from '../../../engine/language/parse/parse-query.js';
import type { Field } from '../../../engine/language/tree/ast.js';
import type {
  MetricsExpression,
  MetricsFunction,
  MetricsNumber,
  MetricsSelection,
  MetricsStep,
} from '../../../engine/language/tree/ast-query.js';
import { metricsFunctionsTaking } from '../../../engine/language/words/metrics-words.js';
import { filter, float, int, pipeline } from './build.js';
import { weighted } from './expression.js';
import { aPipeline } from './pipeline.js';

const range = { start: 0, end: 0 };

/** What spans are grouped by, by the names of the labels. `trace:duration` and the like have ties that only Tempo decides. */
const TEXT_LABELS = ['name', 'kind', 'status', 'resource.service.name'] as const;
const OTHER_LABELS = [
  'span.k',
  '.k',
  'span.flag',
  'span.list',
  'duration',
  'span.n',
  'span:childCount',
  'event.k',
  'event.n',
  'link.k',
  'event:name',
  'link:spanID',
] as const;
const MEASURES = [
  'duration',
  'span.n',
  '.n',
  'trace:duration',
  'span:childCount',
  'span.s',
  'event.n',
  'link.k',
  'event:timeSinceStart',
  'parent.event.n',
] as const;

const FIELDS = new Map<string, Field>(
  [...TEXT_LABELS, ...OTHER_LABELS, ...MEASURES].map((text) => [text, fieldOf(text)]),
);
const NAMES = new Map([...FIELDS].map(([text, field]) => [field, labelName(text)]));

/** How a generated field is called in labels. */
export function nameOfField(field: Field): string {
  return NAMES.get(field) ?? 'unknown';
}

/** The old spelling of an intrinsic where there is one. */
function labelName(text: string): string {
  return text === 'trace:duration' ? 'traceDuration' : text;
}

function fieldOf(text: string): Field {
  const { query } = parseQuery(`{ } | rate() by (${text})`);
  if (query?.kind !== 'metrics' || query.expression.kind !== 'selection') throw new Error(text);
  const { function: fn } = query.expression;
  return fn.kind === 'compare' ? fieldOf('name') : fn.by[0]!;
}

const field = (...texts: readonly string[]): fc.Arbitrary<Field> =>
  fc.constantFrom(...texts).map((text) => FIELDS.get(text)!);

const quantiles = fc
  .uniqueArray(fc.constantFrom(0, 0.25, 0.5, 0.9, 1), { minLength: 1, maxLength: 2 })
  .map((some) => some.map(float));

function aFunction(labels: readonly string[]): fc.Arbitrary<MetricsFunction> {
  const by = fc.uniqueArray(field(...labels), { maxLength: 2 });
  const measured = field(...MEASURES);
  return weighted<MetricsFunction>(
    [3, by.map((by) => ({ kind: 'count_over_time', by, range }))],
    [1, by.map((by) => ({ kind: 'rate', by, range }))],
    [
      4,
      fc
        .tuple(
          fc.constantFrom(
            ...metricsFunctionsTaking('field').filter((kind) => kind !== 'histogram_over_time'),
          ),
          measured,
          by,
        )
        .map(([kind, field, by]) => ({ kind, field, by, range })),
    ],
    [1, fc.tuple(measured, by).map(([field, by]) => ({ kind: 'histogram_over_time', field, by, range }))],
    [
      2,
      fc
        .tuple(measured, by, quantiles)
        .map(([field, by, quantiles]) => ({ kind: 'quantile_over_time', field, by, quantiles, range })),
    ],
  );
}

const top: fc.Arbitrary<MetricsStep> = fc
  .tuple(fc.constantFrom('topk', 'bottomk' as const), fc.constantFrom(1n, 2n, 3n))
  .map(([kind, count]) => ({ kind, count: int(count), range }));

const number = fc
  .constantFrom(0, 0.5, 1, 2)
  .map((value): MetricsNumber => ({ kind: 'literal', literal: float(value), range }));

const threshold: fc.Arbitrary<MetricsStep> = fc
  .tuple(fc.constantFrom('=', '!=', '<', '<=', '>', '>=' as const), number)
  .map(([operator, value]) => ({ kind: 'threshold', operator, value, range }));

const where = weighted([2, fc.constant(pipeline(filter()))], [3, aPipeline]);

/** With steps that ask for an order of series only where their labels are texts. */
const selection: fc.Arbitrary<MetricsSelection> = fc
  .boolean()
  .chain((ordered) =>
    fc.tuple(
      where,
      aFunction(ordered ? TEXT_LABELS : [...TEXT_LABELS, ...OTHER_LABELS]),
      ordered
        ? fc.array(weighted([2, top], [1, threshold]), { maxLength: 2 })
        : fc.array(threshold, { maxLength: 1 }),
    ),
  )
  .map(([pipeline, fn, steps]) => {
    // Buckets and quantiles are numbers in a label.
    const numbers = fn.kind === 'histogram_over_time' || fn.kind === 'quantile_over_time';
    const kept = numbers ? steps.filter(({ kind }) => kind === 'threshold') : steps;
    return { kind: 'selection', pipeline, function: fn, steps: kept, range };
  });

const operators = fc.constantFrom('+', '-', '*', '/' as const);

export const aMetricsExpression: fc.Arbitrary<MetricsExpression> = weighted<MetricsExpression>(
  [6, selection],
  [
    2,
    fc
      .tuple(operators, selection, selection)
      .map(([operator, left, right]) => ({ kind: 'operation', operator, left, right, steps: [], range })),
  ],
  [
    1,
    fc
      .tuple(operators, selection, number, fc.boolean())
      .map(([operator, metricsSelection, value, first]) => ({
        kind: 'operation',
        operator,
        left: first ? value : metricsSelection,
        right: first ? metricsSelection : value,
        steps: [],
        range,
      })),
  ],
);

/**
 * What a metrics query answers: the slow way, span by span and point by point. Part of the oracle: no code is shared with the
 * engine, only the syntax tree.
 */
import type { Field } from '../../../engine/language/tree/ast.js';
import type {
  MetricsExpression,
  MetricsFunction,
  MetricsNumber,
  MetricsSelection,
  MetricsStep,
} from '../../../engine/language/tree/ast-query.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { askedBy, chosenOf } from './chosen.js';
import { fieldValue, NO_BINDING } from './fields.js';
import { mergeTraces } from './merge.js';
import { matchPipeline } from './spanset.js';
import { wholeTrace } from './structure.js';
import { compareBytes, distinct, firstOf, identity, type Value } from './values.js';

/** Nanoseconds since the Unix epoch. */
export interface OracleRange {
  readonly from: bigint;
  readonly to: bigint;
  /** Absent for one value over the whole range. */
  readonly step?: bigint;
}

/** A label as text that tells types apart. */
export interface OracleLabel {
  readonly name: string;
  readonly value: string;
}

export interface OracleSeries {
  readonly labels: readonly OracleLabel[];
  /** By interval; undefined for no value. */
  readonly values: readonly (number | undefined)[];
}

/** `nameOf`: how a field is called in labels. */
export function evaluateMetrics(
  expression: MetricsExpression,
  fragments: readonly Trace[],
  range: OracleRange,
  nameOf: (field: Field) => string,
): readonly OracleSeries[] {
  const measured = { spans: measurable(mergeTraces(fragments)), edges: edgesOf(range), range, nameOf };
  return evaluate(expression, measured).filter(({ values }) => values.some((value) => value !== undefined));
}

/** The right edge of each interval, which it includes; the left edge is one step before. */
export function edgesOf({ from, to, step }: OracleRange): readonly bigint[] {
  if (step === undefined || to - from === step) return [to];
  const edges: bigint[] = [];
  let edge = (from / step) * step;
  if (edge <= step) edge += step;
  for (; edge - step < to; edge += step) edges.push(edge);
  return edges;
}

interface Measurable {
  readonly trace: Trace;
  readonly span: Span;
  readonly value: (field: Field) => Value;
}

interface Measured {
  readonly spans: (selection: MetricsSelection) => readonly Measurable[];
  readonly edges: readonly bigint[];
  readonly range: OracleRange;
  readonly nameOf: (field: Field) => string;
}

function measurable(traces: readonly Trace[]): Measured['spans'] {
  return ({ pipeline }) =>
    traces.flatMap((trace) => {
      const whole = wholeTrace(trace);
      const scene = { whole, binding: NO_BINDING };
      return matchPipeline(pipeline, trace).map((span) => ({
        trace,
        span,
        // Of a key that occurs several times, what is measured and grouped by is the first.
        value: (field: Field) =>
          firstOf(fieldValue(field, { ...scene, span, chosen: chosenOf(span, askedBy(pipeline), scene) })),
      }));
    });
}

function evaluate(expression: MetricsExpression, measured: Measured): readonly OracleSeries[] {
  const made =
    expression.kind === 'selection'
      ? selectionSeries(expression, measured)
      : operationSeries(expression, measured);
  return expression.steps.reduce(step, made);
}

// ------------------------------------------------------------------------------------------------------- selections

function selectionSeries(selection: MetricsSelection, measured: Measured): readonly OracleSeries[] {
  const fn = selection.function;
  if (fn.kind === 'compare') throw new RangeError('compare() is not part of the oracle');
  const { edges, range, nameOf } = measured;
  const groups = new Map<string, { labels: readonly OracleLabel[]; spans: Measurable[][] }>();
  const groupOf = (key: string, labels: readonly OracleLabel[]) => {
    const known = groups.get(key) ?? { labels, spans: edges.map((): Measurable[] => []) };
    groups.set(key, known);
    return known;
  };
  const isCount = fn.kind === 'rate' || fn.kind === 'count_over_time' || fn.kind === 'distinct_over_time';
  if (fn.by.length === 0 && isCount) groupOf('[]', []);
  for (const span of measured.spans(selection)) {
    const interval = intervalOf(span.span.start, edges, range);
    if (interval === undefined || !counts(fn, span)) continue;
    const values = fn.by.map((field) => [nameOf(field), span.value(field), isDuration(field)] as const);
    const labels = values.flatMap(([name, value, duration]) =>
      value.kind === 'nil' ? [] : [{ name, value: labelText(value, duration) }],
    );
    const group = groupOf(JSON.stringify(values.map(([, value]) => identity(value))), labels);
    group.spans[interval]!.push(span);
  }
  return [...groups.values()].flatMap(({ labels, spans }) => functionSeries(fn, labels, spans, measured));
}

function intervalOf(
  start: bigint,
  edges: readonly bigint[],
  { from, to, step }: OracleRange,
): number | undefined {
  if (step === undefined || to - from === step) return start >= from && start <= to ? 0 : undefined;
  const bucketIndex = edges.findIndex((edge) => start <= edge && start > edge - step);
  return bucketIndex === -1 ? undefined : bucketIndex;
}

type SeriesFunction = Exclude<MetricsFunction, { kind: 'compare' }>;

/** Whether the function takes any notice of the span. */
function counts(fn: SeriesFunction, measurable: Measurable): boolean {
  switch (fn.kind) {
    case 'rate':
    case 'count_over_time':
      return true;
    case 'distinct_over_time':
      return measurable.value(fn.field).kind !== 'nil';
    case 'quantile_over_time':
    case 'histogram_over_time': {
      const value = measurable.value(fn.field);
      return value.kind === 'int' && value.value >= 2n;
    }
    default:
      return isNumber(measurable.value(fn.field));
  }
}

function isNumber(value: Value): boolean {
  return value.kind === 'int' || (value.kind === 'double' && !Number.isNaN(value.value));
}

function functionSeries(
  fn: SeriesFunction,
  labels: readonly OracleLabel[],
  spans: readonly (readonly Measurable[])[],
  { edges, range, nameOf }: Measured,
): readonly OracleSeries[] {
  const [first] = fn.by;
  const plain =
    labels.length > 0
      ? labels
      : [
          first === undefined
            ? { name: '__name__', value: `string ${fn.kind}` }
            : { name: nameOf(first), value: 'nil' },
        ];
  const seconds = Number(range.step ?? range.to - range.from) / 1e9;
  switch (fn.kind) {
    case 'rate':
      return [{ labels: plain, values: spans.map((some) => some.length / seconds) }];
    case 'count_over_time':
      return [{ labels: plain, values: spans.map((some) => some.length) }];
    case 'distinct_over_time': {
      const values = spans.map((some) =>
        Number(distinct(some.map((measurable) => measurable.value(fn.field)))),
      );
      return [{ labels: plain, values }];
    }
    case 'histogram_over_time': {
      const powers = spans.map((some) => some.map((measurable) => powerOf(measurable.value(fn.field))));
      return [...new Set(powers.flat())].map((power) => ({
        labels: [...labels, { name: '__bucket', value: `double ${edgeOf(power, fn.field)}` }],
        values: powers.map((some) => some.filter((other) => other === power).length),
      }));
    }
    case 'quantile_over_time':
      return fn.quantiles.map((literal) => ({
        labels: [...labels, { name: 'p', value: `double ${Number(literal.value)}` }],
        values: spans.map((some) => {
          const powers = some.map((measurable) => powerOf(measurable.value(fn.field))).sort((a, b) => a - b);
          return quantile(Number(literal.value), powers, fn.field);
        }),
      }));
    default: {
      const scale = isField(fn.field, 'span:duration') ? 1e9 : 1;
      const values = spans.map((some) => {
        if (some.length === 0) return undefined;
        const numbers = some.map((measurable) => measurable.value(fn.field)).map(numberOf);
        return combine(fn.kind, numbers) / scale;
      });
      return edges.length === 0 ? [] : [{ labels: plain, values }];
    }
  }
}

function numberOf(value: Value): number {
  return value.kind === 'int' || value.kind === 'double' ? Number(value.value) : Number.NaN;
}

function combine(kind: SeriesFunction['kind'], numbers: readonly number[]): number {
  const sum = numbers.reduce((a, b) => a + b, 0);
  switch (kind) {
    case 'min_over_time':
      return numbers.reduce((a, b) => Math.min(a, b));
    case 'max_over_time':
      return numbers.reduce((a, b) => Math.max(a, b));
    case 'sum_over_time':
      return sum;
    default:
      return sum / numbers.length;
  }
}

/** The exponent of the first power of two that is not below. */
function powerOf(value: Value): number {
  if (value.kind !== 'int') throw new RangeError('only whole numbers have buckets');
  let power = 0;
  while (2n ** BigInt(power) < value.value) power++;
  return power;
}

function edgeOf(power: number, field: Field): number {
  return isDuration(field) ? 2 ** power / 1e9 : 2 ** power;
}

/** Where the wanted one of the sorted samples lies between the edges of its bucket and of the one before, exponentially. */
function quantile(q: number, powers: readonly number[], field: Field): number {
  if (powers.length === 0) return 0;
  const wanted = Math.max(1, Math.ceil(q * powers.length));
  const upper = powers[wanted - 1]!;
  const inBucket = powers.filter((power) => power === upper).length;
  const below = powers.filter((power) => power < upper).length;
  const before = powers.filter((power) => power < upper).at(-1) ?? upper - 1;
  const estimate = before + (upper - before) * ((wanted - below) / inBucket);
  return isDuration(field) ? 2 ** estimate / 1e9 : 2 ** estimate;
}

function isField(field: Field, name: string): boolean {
  return field.kind === 'intrinsic' && field.name === name;
}

function isDuration(field: Field): boolean {
  return ['span:duration', 'trace:duration', 'event:timeSinceStart'].some((name) => isField(field, name));
}

function labelText(value: Value, duration: boolean): string {
  if (value.kind === 'int' && duration) return `string ${durationText(value.value)}`;
  if (value.kind === 'status' || value.kind === 'span kind') return `string ${value.value}`;
  return identity(value);
}

/** As Go prints it: `1m2.5s`, `12.5ms`, `3µs`. */
function durationText(ns: bigint): string {
  if (ns === 0n) return '0s';
  const unit = [...SMALL_UNITS].find(([, size]) => ns < size * 1000n);
  const inUnit = (rest: bigint, size: bigint): string => {
    const fraction = String(rest % size).padStart(String(size).length - 1, '0');
    return `${rest / size}${size === 1n ? '' : `.${fraction}`.replace(/\.?0*$/, '')}`;
  };
  if (unit !== undefined) return `${inUnit(ns, unit[1])}${unit[0]}`;
  const [hours, minutes] = [ns / 3_600_000_000_000n, (ns / 60_000_000_000n) % 60n];
  const seconds = `${inUnit(ns % 60_000_000_000n, 1_000_000_000n)}s`;
  return `${hours > 0n ? `${hours}h` : ''}${hours > 0n || minutes > 0n ? `${minutes}m` : ''}${seconds}`;
}

const SMALL_UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['µs', 1000n],
  ['ms', 1_000_000n],
]);

// ------------------------------------------------------------------------------------------------------- arithmetic

type Operation = Extract<MetricsExpression, { kind: 'operation' }>;

function operationSeries({ operator, left, right }: Operation, measured: Measured): readonly OracleSeries[] {
  const calculate = (a: number | undefined, b: number | undefined): number | undefined => {
    if (a === undefined || b === undefined) return undefined;
    if (operator === '/') return b === 0 ? undefined : a / b;
    return operator === '+' ? a + b : operator === '-' ? a - b : a * b;
  };
  const numbers = [left, right].map((side) => (isNumberNode(side) ? constant(side) : undefined));
  if (isNumberNode(left) || isNumberNode(right)) {
    const side = isNumberNode(left) ? right : left;
    if (isNumberNode(side)) throw new RangeError('two numbers are folded before');
    return evaluate(side, measured).map(({ labels, values }) => ({
      labels,
      values: values.map((value) => calculate(numbers[0] ?? value, numbers[1] ?? value)),
    }));
  }
  const sides = [evaluate(left, measured), evaluate(right, measured)] as const;
  const key = ({ labels }: OracleSeries): string =>
    JSON.stringify(labels.filter(({ name }) => name !== '__name__'));
  const keys = new Set(sides.flat().map(key));
  const shared = (side: readonly OracleSeries[]): OracleSeries | undefined =>
    side.find((oracleSeries) => key(oracleSeries) === '[]');
  return [...keys].flatMap((wanted) => {
    const [l, r] = sides.map(
      (side) => side.find((oracleSeries) => key(oracleSeries) === wanted) ?? shared(side),
    );
    if (l === undefined || r === undefined) return [];
    // The series without labels joins with nothing else only where both sides have it.
    if (wanted === '[]' && !sides.every((side) => shared(side) !== undefined)) return [];
    if (wanted !== '[]' && sides.every((side) => side.every((oracleSeries) => key(oracleSeries) !== wanted)))
      return [];
    return [
      {
        labels: joinLabels(l.labels, r.labels, operator),
        values: l.values.map((value, n) => calculate(value, r.values[n])),
      },
    ];
  });
}

function joinLabels(
  left: readonly OracleLabel[],
  right: readonly OracleLabel[],
  operator: string,
): readonly OracleLabel[] {
  const [l, r] = [left, right].map((labels) => labels.find(({ name }) => name === '__name__')?.value);
  const rest = [...left, ...right].filter(({ name }) => name !== '__name__');
  const once = rest.filter(({ name }, n) => rest.findIndex((oracleLabel) => oracleLabel.name === name) === n);
  if (l === undefined || r === undefined) return once;
  const value = `string (${l.slice('string '.length)} ${operator} ${r.slice('string '.length)})`;
  return [...once, { name: '__name__', value }];
}

function isNumberNode(node: MetricsExpression | MetricsNumber): node is MetricsNumber {
  return node.kind === 'literal' || node.kind === 'negate' || node.kind === 'binary';
}

function constant(node: MetricsNumber): number {
  if (node.kind !== 'literal') throw new RangeError('the oracle has plain numbers only');
  return node.literal.kind === 'duration' ? Number(node.literal.value) / 1e9 : Number(node.literal.value);
}

// ------------------------------------------------------------------------------------------------------------ steps

function step(series: readonly OracleSeries[], taken: MetricsStep): readonly OracleSeries[] {
  const kept = taken.kind === 'threshold' ? thresholdPoints(series, taken) : topPoints(series, taken);
  return kept.filter(({ values }) => values.some((value) => value !== undefined));
}

function thresholdPoints(
  series: readonly OracleSeries[],
  { operator, value: limitNode }: Extract<MetricsStep, { kind: 'threshold' }>,
): readonly OracleSeries[] {
  const limit = constant(limitNode);
  const passes = (value: number): boolean => {
    const tests = {
      '=': value === limit,
      '!=': value !== limit,
      '<': value < limit,
      '<=': value <= limit,
      '>': value > limit,
      '>=': value >= limit,
    };
    return tests[operator];
  };
  return series.map(({ labels, values }) => ({
    labels,
    values: values.map((value) => (value !== undefined && passes(value) ? value : undefined)),
  }));
}

/** Of equal values, `topk` takes the series whose labels come first in the alphabet, `bottomk` those that come last. */
function topPoints(
  series: readonly OracleSeries[],
  { kind, count }: Extract<MetricsStep, { kind: 'topk' | 'bottomk' }>,
): readonly OracleSeries[] {
  const chosen = (n: number): ReadonlySet<OracleSeries> => {
    const present = series.filter(({ values }) => values[n] !== undefined);
    present.sort((a, b) => a.values[n]! - b.values[n]! || -compareLabels(a.labels, b.labels));
    if (kind === 'topk') present.reverse();
    return new Set(present.slice(0, Number(count.value)));
  };
  const sets = series[0]?.values.map((_, n) => chosen(n)) ?? [];
  return series.map((oneSeries) => ({
    labels: oneSeries.labels,
    values: oneSeries.values.map((value, n) => (sets[n]!.has(oneSeries) ? value : undefined)),
  }));
}

/** Labels that are texts only: what decides between others is Tempo's alone. */
function compareLabels(a: readonly OracleLabel[], b: readonly OracleLabel[]): number {
  for (const [n, left] of a.entries()) {
    const right = b[n];
    if (right === undefined) return 1;
    const order = compareBytes(left.value, right.value) || compareBytes(left.name, right.name);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

import type { NamedValue, ResultValue } from '../../otlp/named-value.js';
import type { StepPlan } from '../../plan/metrics-plan.js';
import type { Points } from './series.js';

/** The points that remain; series without any are dropped, and exemplars go with their points. */
export function applyStep(step: StepPlan, points: readonly Points[]): readonly Points[] {
  const kept = step.kind === 'threshold' ? passing(step, points) : extremes(step, points);
  return points
    .map(({ labels, exemplars }, n) => ({
      labels,
      values: kept[n]!,
      exemplars: exemplars.filter(({ interval }) => !Number.isNaN(kept[n]![interval] ?? Number.NaN)),
    }))
    .filter(({ values }) => values.some((value) => !Number.isNaN(value)));
}

function passing(
  { operator, value: limit }: Extract<StepPlan, { kind: 'threshold' }>,
  points: readonly Points[],
): readonly Float64Array[] {
  return points.map(({ values }) =>
    values.map((value) => (holds(value, operator, limit) ? value : Number.NaN)),
  );
}

/** Whether a point passes a threshold; one without a value never does. */
export function holds(
  value: number,
  operator: Extract<StepPlan, { kind: 'threshold' }>['operator'],
  limit: number,
): boolean {
  switch (operator) {
    case '=':
      return value === limit;
    case '!=':
      return value !== limit && !Number.isNaN(value);
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
  }
}

/** The `count` greatest or least values of each interval. */
function extremes(
  { kind, count }: Extract<StepPlan, { kind: 'topk' | 'bottomk' }>,
  points: readonly Points[],
): readonly Float64Array[] {
  const ranks = rankByLabels(points);
  const kept = points.map(({ values }) => new Float64Array(values.length).fill(Number.NaN));
  const sign = kind === 'topk' ? -1 : 1;
  const intervals = points[0]?.values.length ?? 0;
  for (let n = 0; n < intervals; n++) {
    const present = points.flatMap(({ values }, series) => (Number.isNaN(values[n]!) ? [] : [series]));
    const value = (series: number): number => points[series]!.values[n]!;
    present.sort((a, b) => sign * (value(a) - value(b) || ranks[a]! - ranks[b]!));
    for (const series of present.slice(0, count)) kept[series]![n] = value(series);
  }
  return kept;
}

/**
 * The place of each series in the order that decides between equal values: of equal ones the greater in this order is the
 * greater. As in Tempo (`pkg/traceql/series_heap.go`), texts that come first in the alphabet are the greater, so `topk` prefers
 * them; numbers and booleans follow their size.
 */
function rankByLabels(points: readonly Points[]): readonly number[] {
  const order = points.map((_, n) => n).sort((a, b) => compareForTies(points[a]!.labels, points[b]!.labels));
  const ranks = new Array<number>(points.length).fill(0);
  for (const [rank, n] of order.entries()) ranks[n] = rank;
  return ranks;
}

function compareForTies(a: readonly NamedValue[], b: readonly NamedValue[]): number {
  for (let n = 0; n < Math.max(a.length, b.length); n++) {
    const [left, right] = [tieKey(a[n]), tieKey(b[n])];
    if (left.text !== right.text) return left.text < right.text ? 1 : -1;
    if (left.name !== right.name) return left.name < right.name ? 1 : -1;
    if (left.type !== right.type) return left.type - right.type;
    if (left.code !== right.code) return left.code < right.code ? -1 : 1;
  }
  return 0;
}

interface TieKey {
  readonly text: string;
  readonly name: string;
  readonly type: number;
  readonly code: bigint;
}

function tieKey(label: NamedValue | undefined): TieKey {
  if (label === undefined) return { text: '', name: '', type: 0, code: 0n };
  return { name: label.name, ...tieValue(label.value) };
}

/** Types in the order of Tempo's enumeration; numbers by their bits, unsigned. */
function tieValue(value: ResultValue): Omit<TieKey, 'name'> {
  if (value === null) return { text: 'nil', type: 3, code: 0n };
  switch (typeof value) {
    case 'string':
      return { text: value, type: 3, code: 0n };
    case 'bigint':
      return { text: '', type: 1, code: BigInt.asUintN(64, value) };
    case 'number':
      return { text: '', type: 2, code: new BigUint64Array(new Float64Array([value]).buffer)[0]! };
    case 'boolean':
      return { text: '', type: 4, code: value ? 1n : 0n };
    default:
      return { text: value.map(String).join('\0'), type: 5, code: 0n };
  }
}

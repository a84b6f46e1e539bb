import type { NamedValue } from '../../otlp/named-value.js';
import type { FunctionPlan, LabelPlan, ValuePlan } from '../../plan/metrics-plan.js';
import type { Measure } from '../../sql/compile/metrics/metrics.js';
import { type Grid, stepSeconds } from './grid.js';
import type { Cell, GroupCells } from './partials.js';
import { type Bucket, quantileOf } from './quantile.js';
import { NAME_LABEL, type Points } from './series.js';

/** The functions that make series of numbers; `compare` is apart. */
export type SeriesFunction = Exclude<FunctionPlan, { kind: 'compare' }>;
type NumberFunction = Extract<
  SeriesFunction['kind'],
  'min_over_time' | 'max_over_time' | 'sum_over_time' | 'avg_over_time'
>;

/** What has to be known of the spans for a function. */
export function measureOf(seriesFunction: SeriesFunction): Measure {
  switch (seriesFunction.kind) {
    case 'rate':
    case 'count_over_time':
      return { kind: 'count' };
    case 'distinct_over_time':
      return { kind: 'keys', field: seriesFunction.value.field };
    case 'histogram_over_time':
    case 'quantile_over_time':
      return { kind: 'powers', field: seriesFunction.value.field };
    case 'min_over_time':
    case 'max_over_time':
    case 'sum_over_time':
    case 'avg_over_time':
      return { kind: 'numbers', field: seriesFunction.value.field };
  }
}

/**
 * The series of a function out of what was counted, by the rules of Tempo: counts are 0 where nothing was, other values are
 * none; durations are in seconds; a value of `by` that spans have not makes no label, unless there would be none at all.
 */
export function seriesOf(
  seriesFunction: SeriesFunction,
  by: readonly LabelPlan[],
  groups: readonly GroupCells[],
  grid: Grid,
): readonly Points[] {
  switch (seriesFunction.kind) {
    case 'rate':
    case 'count_over_time': {
      // That there was nothing is an answer too.
      const counted = by.length === 0 && groups.length === 0 ? [NOTHING] : groups;
      const factor = seriesFunction.kind === 'rate' ? 1 / stepSeconds(grid) : 1;
      return counted.map((group) =>
        points(named(seriesFunction, by, group), grid, 0, group, ({ count }) => count * factor),
      );
    }
    case 'distinct_over_time': {
      const counted = by.length === 0 && groups.length === 0 ? [NOTHING] : groups;
      return counted.map((group) =>
        points(named(seriesFunction, by, group), grid, 0, group, ({ keys }) => keys?.size ?? 0),
      );
    }
    case 'min_over_time':
    case 'max_over_time':
    case 'sum_over_time':
    case 'avg_over_time': {
      const { kind } = seriesFunction;
      const scale = isSpanDuration(seriesFunction.value) ? 1e9 : 1;
      return groups.map((group) =>
        points(
          named(seriesFunction, by, group),
          grid,
          Number.NaN,
          group,
          (cell) => numberOf(kind, cell) / scale,
        ),
      );
    }
    case 'histogram_over_time':
      return groups.flatMap((group) => histogram(seriesFunction.value, by, group, grid));
    case 'quantile_over_time':
      return groups.flatMap((group) =>
        seriesFunction.quantiles.map((quantile) =>
          points([...labelsOf(by, group), { name: 'p', value: quantile }], grid, 0, group, ({ powers }) =>
            quantileOf(quantile, bucketsOf(seriesFunction.value, powers)),
          ),
        ),
      );
  }
}

/** Buckets by their exponents, ascending, in the unit of the series. */
export function bucketsOf(value: ValuePlan, powers: ReadonlyMap<number, number>): readonly Bucket[] {
  return [...powers]
    .sort(([a], [b]) => a - b)
    .map(([power, count]) => ({ max: edgeOf(value, power), count }));
}

/** The upper edge of the bucket with the exponent. */
export function edgeOf({ isDuration }: ValuePlan, power: number): number {
  return 2 ** power / (isDuration ? 1e9 : 1);
}

/** `min_over_time` and its like turn only the duration of the span itself into seconds, as in Tempo. */
export function isSpanDuration({ field: { source } }: ValuePlan): boolean {
  return source.kind === 'intrinsic' && source.name === 'span:duration';
}

/** The labels of a group where the function has no label of its own. */
export function named(
  { kind }: SeriesFunction,
  by: readonly LabelPlan[],
  group: Pick<GroupCells, 'group'>,
): readonly NamedValue[] {
  const [first] = by;
  if (first === undefined) return [{ name: NAME_LABEL, value: kind }];
  const labels = labelsOf(by, group);
  return labels.length === 0 ? [{ name: first.name, value: null }] : labels;
}

export function labelsOf(
  by: readonly LabelPlan[],
  { group }: Pick<GroupCells, 'group'>,
): readonly NamedValue[] {
  return by.flatMap(({ name }, n) => {
    const value = group[n] ?? null;
    return value === null ? [] : [{ name, value }];
  });
}

const NOTHING: GroupCells = { group: [], cells: new Map() };

function points(
  labels: readonly NamedValue[],
  grid: Grid,
  initial: number,
  { cells }: GroupCells,
  value: (cell: Cell) => number,
): Points {
  const values = new Float64Array(grid.intervals).fill(initial);
  for (const [interval, cell] of cells) values[interval] = value(cell);
  return { labels, values, exemplars: [] };
}

function numberOf(kind: NumberFunction, { count, numbers }: Cell): number {
  if (numbers === undefined) return Number.NaN;
  const { wholeSum, sum, lost, least, greatest } = numbers;
  const total = Number(wholeSum) + (sum + lost);
  switch (kind) {
    case 'min_over_time':
      return least;
    case 'max_over_time':
      return greatest;
    case 'sum_over_time':
      return total;
    case 'avg_over_time':
      return total / count;
  }
}

function histogram(
  value: ValuePlan,
  by: readonly LabelPlan[],
  group: GroupCells,
  grid: Grid,
): readonly Points[] {
  const powers = new Set([...group.cells.values()].flatMap((cell) => [...cell.powers.keys()]));
  return [...powers].map((power) => {
    const labels = [...labelsOf(by, group), { name: '__bucket', value: edgeOf(value, power) }];
    return points(labels, grid, 0, group, (cell) => cell.powers.get(power) ?? 0);
  });
}

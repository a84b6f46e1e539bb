import { QueryError } from '../query-error.js';

/**
 * The intervals that spans are counted in. Interval `n` is `(startNs + n * stepNs, startNs + (n + 1) * stepNs]`, stamped with
 * its right edge; an instant grid is the one interval `[startNs, endNs]`. The rules are those of Tempo
 * (`pkg/traceql/engine_metrics.go`). Times are nanoseconds since the Unix epoch.
 */
export interface Grid {
  readonly kind: 'range' | 'instant';
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly stepNs: bigint;
  readonly intervals: number;
}

/** As many points as Tempo allows for one series. */
export const MAX_INTERVALS = 10_000;

/**
 * The grid of a range query: the edges are moved outwards to multiples of the step, and one more interval leads. A range of
 * exactly one step is an instant, as it is in Tempo. Throws a `QueryError`.
 */
export function rangeGrid(fromNs: bigint, toNs: bigint, stepNs: bigint): Grid {
  checkRange(fromNs, toNs);
  if (stepNs <= 0n) throw new QueryError('BT3001', 'the step must be positive');
  if (toNs - fromNs === stepNs) return instantGrid(fromNs, toNs);
  if ((toNs - fromNs) / stepNs > BigInt(MAX_INTERVALS))
    throw new QueryError('BT3002', `the range holds more than ${MAX_INTERVALS} steps`);
  const floor = fromNs - (fromNs % stepNs);
  const startNs = floor > stepNs ? floor - stepNs : floor;
  const endNs = toNs + ((stepNs - (toNs % stepNs)) % stepNs);
  return { kind: 'range', startNs, endNs, stepNs, intervals: Number((endNs - startNs) / stepNs) };
}

/** The grid of an instant query: one interval with both its edges. Throws a `QueryError`. */
export function instantGrid(fromNs: bigint, toNs: bigint): Grid {
  checkRange(fromNs, toNs);
  return { kind: 'instant', startNs: fromNs, endNs: toNs, stepNs: toNs - fromNs, intervals: 1 };
}

function checkRange(fromNs: bigint, toNs: bigint): void {
  if (fromNs < 0n) throw new QueryError('BT3001', 'the range must not start before 1970');
  if (toNs <= fromNs) throw new QueryError('BT3001', 'the range must end after it starts');
}

/** Where a time falls; undefined outside the grid. */
export function intervalOf(grid: Grid, timeNs: bigint): number | undefined {
  const { kind, startNs, endNs, stepNs } = grid;
  if (timeNs > endNs || timeNs < startNs) return undefined;
  if (kind === 'instant') return 0;
  return timeNs === startNs ? undefined : Number((timeNs - startNs - 1n) / stepNs);
}

/** What an interval is stamped with, in milliseconds since the Unix epoch. */
export function stampOf({ startNs, stepNs }: Grid, interval: number): number {
  return Number((startNs + BigInt(interval + 1) * stepNs) / 1_000_000n);
}

/** The length of an interval. */
export function stepSeconds({ stepNs }: Grid): number {
  return Number(stepNs) / 1e9;
}

const MILLISECOND = 1_000_000n;
const SECOND = 1000n * MILLISECOND;
const MINUTE = 60n * SECOND;
const DEFAULT_POINTS = 240n;
const DEFAULT_UNITS = [60n * MINUTE, 5n * MINUTE, MINUTE, 15n * SECOND, 5n * SECOND, SECOND];

/** The step of a range query that names none: about 240 points, in units that people read. */
export function defaultStep(fromNs: bigint, toNs: bigint): bigint {
  const range = toNs - fromNs;
  const wanted = range / DEFAULT_POINTS;
  if (range < MINUTE) {
    const unit = 50n * MILLISECOND;
    return wanted > unit ? wanted - (wanted % unit) : unit;
  }
  const unit = DEFAULT_UNITS.find((least) => wanted > least);
  return unit === undefined ? SECOND : wanted - (wanted % unit);
}

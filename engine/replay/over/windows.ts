import type { Grid } from '../../query/metrics/grid.js';
import { QueryError } from '../../query/query-error.js';

/** Windows of one rule: what bounds its time and memory, together with the points that its series may have. */
const MAX_WINDOWS = 100_000;

/**
 * The windows of `widthNs` that lie whole in the range: multiples of the width since the Unix epoch. As intervals of metrics
 * have it, a window holds its end and not its start. Undefined where there is none. Throws a `QueryError` for too many.
 */
export function wholeWindows(widthNs: bigint, fromNs: bigint, toNs: bigint): Grid | undefined {
  const startNs = ((fromNs + widthNs - 1n) / widthNs) * widthNs;
  const endNs = (toNs / widthNs) * widthNs;
  if (endNs <= startNs) return undefined;
  const windows = (endNs - startNs) / widthNs;
  if (windows > BigInt(MAX_WINDOWS))
    throw new QueryError('BT3002', `the range holds ${windows} windows, of which ${MAX_WINDOWS} are allowed`);
  return { kind: 'range', startNs, endNs, stepNs: widthNs, intervals: Number(windows) };
}

/** The start of a window. */
export function windowStart({ startNs, stepNs }: Grid, window: number): bigint {
  return startNs + BigInt(window) * stepNs;
}

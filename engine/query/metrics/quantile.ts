/**
 * Histograms of powers of two, and quantiles out of them, as Tempo has them (`pkg/traceql/engine_metrics.go`): a value lies in
 * the bucket of the least power of two that is not below it, values below 2 are left out, and a quantile is interpolated
 * exponentially inside the bucket that it falls in.
 */
export interface Bucket {
  /** The upper edge, in the unit of the series: durations in seconds. */
  readonly max: number;
  readonly count: number;
}

/** 0 when there is nothing to take a quantile of. `buckets` ascend. */
export function quantileOf(quantile: number, buckets: readonly Bucket[]): number {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (total === 0 || !(quantile >= 0 && quantile <= 1)) return 0;
  // At least one sample has to be read; rounding up is kinder to few samples.
  const wanted = Math.max(1, Math.ceil(quantile * total));
  let below = 0;
  let previous: Bucket | undefined;
  for (const bucket of buckets) {
    if (below + bucket.count === wanted) return bucket.max;
    if (below + bucket.count > wanted) {
      const upper = Math.log2(bucket.max);
      const lower = previous === undefined ? upper - 1 : Math.log2(previous.max);
      return 2 ** (lower + (upper - lower) * ((wanted - below) / bucket.count));
    }
    below += bucket.count;
    previous = bucket;
  }
  return previous?.max ?? 0;
}

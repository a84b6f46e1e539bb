import type { Config } from '../config/schema.js';
import { HttpError } from '../http/http-error.js';
import { durationOfMs } from './params/duration.js';
import type { TimeRange } from './params/times.js';

type Limits = Pick<Config['query'], 'maxSearchRange' | 'maxMetricsRange'>;

/**
 * What a search covers: the range it asks for or, without one, all that is stored, as far back from the newest data as a search may reach.
 * Rejects with 400 and the text by which Grafana knows that the range is too wide.
 */
export async function searchRange(
  range: TimeRange | undefined,
  { maxSearchRange }: Limits,
  newestData: () => Promise<bigint>,
): Promise<TimeRange | undefined> {
  if (range === undefined) {
    if (maxSearchRange === 0) return undefined;
    const end = await newestData();
    return { start: end - nanoseconds(maxSearchRange), end };
  }
  if (!isWider(range, maxSearchRange)) return range;
  const [start, end] = [range.start / 1_000_000_000n, range.end / 1_000_000_000n];
  throw new HttpError(
    400,
    `range specified by start and end exceeds ${durationOfMs(maxSearchRange)}. received start=${start} end=${end}`,
  );
}

/** Throws 400 with the text by which Grafana knows that the range is too wide. */
export function checkMetricsRange(range: TimeRange, { maxMetricsRange }: Limits): void {
  if (!isWider(range, maxMetricsRange)) return;
  throw new HttpError(
    400,
    `metrics query time range exceeds the maximum allowed duration of ${durationOfMs(maxMetricsRange)}`,
  );
}

/** 0 is any. */
function isWider({ start, end }: TimeRange, maxMs: number): boolean {
  return maxMs > 0 && end - start > nanoseconds(maxMs);
}

function nanoseconds(ms: number): bigint {
  return BigInt(ms) * 1_000_000n;
}

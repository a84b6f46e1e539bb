import type { FoundTrace } from './search-result.js';

type Placed = Pick<FoundTrace, 'start' | 'traceId'>;

/** The newest of them by start, then by trace id: at most `limit`. */
export function newest<T extends Placed>(traces: readonly T[], limit: number): readonly T[] {
  return [...traces].sort(newestFirst).slice(0, limit);
}

/** The start of the last of a full result, before which no other trace gets in; undefined while there is room. */
export function oldestOf(traces: readonly Placed[], limit: number): bigint | undefined {
  return traces.length < limit ? undefined : traces.at(-1)?.start;
}

function newestFirst(a: Placed, b: Placed): number {
  if (a.start !== b.start) return a.start > b.start ? -1 : 1;
  return a.traceId < b.traceId ? -1 : a.traceId > b.traceId ? 1 : 0;
}

import type { WindowShape } from '../../replay/over/windows.js';
import type { OwnRange } from '../ownership/rule-ownership.js';

/** Windows that ended longer ago, or all but the last where windows start further apart, are left to replay. */
export const CATCH_UP_NS = 86_400_000_000_000n;

/** Windows that are due, one after the other. */
export interface NextWindows {
  /** Nanoseconds since the Unix epoch: start of the first, end of the last. */
  readonly from: bigint;
  readonly to: bigint;
  /** What has to be said of them: that windows before are not judged any more, or that the clock went back. */
  readonly notice?: string;
}

/**
 * The windows that are to be judged next: of those that ended at `settled` or before, the first that ended after `until`, and with
 * it as many as end within a window's length; without `until` the last. Undefined where there is none.
 */
export function nextWindows(
  { window, every }: WindowShape,
  settled: bigint,
  until: bigint | undefined,
): NextWindows | undefined {
  const end = (settled / every) * every;
  const last = { from: end - window, to: end };
  if (until === undefined) return last;
  if (until > end + CATCH_UP_NS + window)
    return {
      ...last,
      notice: `windows were judged up to ${timeText(until)}: the clock was wrong, then or now`,
    };
  if (until >= end) return undefined;
  const oldest = end - (CATCH_UP_NS > every ? (CATCH_UP_NS / every) * every : every);
  const judged = until > oldest ? until : oldest;
  let to = judged + window;
  if (to > end) to = end;
  return {
    from: judged + every - window,
    to,
    ...(until >= oldest
      ? {}
      : { notice: `windows from ${timeText(until)} to ${timeText(oldest)} were not judged: replay them` }),
  };
}

/** Up to where windows have been judged, here or by the owner before: an end of one. Undefined where none was. */
export function judgedWindows(
  { every }: Pick<WindowShape, 'every'>,
  delayNs: bigint,
  { until, dueBy }: OwnRange,
): bigint | undefined {
  if (until !== undefined || dueBy === undefined) return until;
  return ((dueBy - delayNs) / every) * every;
}

export function timeText(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString();
}

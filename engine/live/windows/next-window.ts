/** Windows that ended longer ago, or all but the last of a longer one, are left to replay. */
const CATCH_UP_NS = 86_400_000_000_000n;

export interface NextWindow {
  /** Nanoseconds since the Unix epoch; the window holds its end and not its start. */
  readonly from: bigint;
  readonly to: bigint;
  /** What has to be said of it: that windows before it are not judged any more, or that the clock went back. */
  readonly notice?: string;
}

/**
 * The window of this width, a multiple of it since the Unix epoch, that is to be judged next: of those that ended at `settled` or
 * before, the first that ended after `until`; without that the last. Undefined where there is none.
 */
export function nextWindow(
  width: bigint,
  settled: bigint,
  until: bigint | undefined,
): NextWindow | undefined {
  const end = (settled / width) * width;
  const last = { from: end - width, to: end };
  if (until === undefined) return last;
  if (until > end + CATCH_UP_NS + width)
    return {
      ...last,
      notice: `windows were judged up to ${timeText(until)}: the clock was wrong, then or now`,
    };
  if (until >= end) return undefined;
  const oldest = end - (CATCH_UP_NS > width ? (CATCH_UP_NS / width) * width : width);
  if (until >= oldest) return { from: until, to: until + width };
  return {
    ...{ from: oldest, to: oldest + width },
    notice: `windows from ${timeText(until)} to ${timeText(oldest)} were not judged: replay them`,
  };
}

function timeText(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString();
}

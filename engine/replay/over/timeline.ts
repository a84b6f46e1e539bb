/**
 * A value for each window of a grid, as the windows where it changes. Most series are quiet most of the time, and the windows of a rule
 * may be a thousand times as many as its spans.
 */
export interface Timeline {
  /** Numbers of windows, ascending; the first is 0. */
  readonly at: readonly number[];
  /** From the window of the same index on; NaN for no value. */
  readonly values: readonly number[];
}

export function constantly(value: number): Timeline {
  return { at: [0], values: [value] };
}

export function mapped({ at, values }: Timeline, change: (value: number) => number): Timeline {
  return { at, values: values.map(change) };
}

export function combined(
  left: Timeline,
  right: Timeline,
  combine: (left: number, right: number) => number,
): Timeline {
  const made = new TimelineBuilder();
  forEachPiece([left, right], Number.POSITIVE_INFINITY, (from, _, [a, b]) => made.add(from, combine(a!, b!)));
  return made.done();
}

/** Calls `visit` for every stretch of windows, `to` exclusive, in which no timeline changes. Do not keep `values`. */
export function forEachPiece(
  timelines: readonly Timeline[],
  windows: number,
  visit: (from: number, to: number, values: readonly number[]) => void,
): void {
  const next = timelines.map(() => 1);
  const values = timelines.map((timeline) => timeline.values[0] ?? Number.NaN);
  for (let from = 0; from < windows; ) {
    let to = windows;
    for (const [n, { at }] of timelines.entries()) to = Math.min(to, at[next[n]!] ?? windows);
    visit(from, to, values);
    if (to === Number.POSITIVE_INFINITY) return;
    for (const [n, timeline] of timelines.entries()) {
      if (timeline.at[next[n]!] !== to) continue;
      values[n] = timeline.values[next[n]!]!;
      next[n] = next[n]! + 1;
    }
    from = to;
  }
}

/** Windows have to be added in their order. */
export class TimelineBuilder {
  private readonly at: number[] = [];
  private readonly values: number[] = [];

  /** From this window on. */
  add(window: number, value: number): void {
    if (this.at.length > 0 && Object.is(this.values.at(-1), value)) return;
    this.at.push(window);
    this.values.push(value);
  }

  done(): Timeline {
    return { at: this.at, values: this.values };
  }
}

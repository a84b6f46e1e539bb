import type { FunctionPlan } from '../../plan/metrics-plan.js';
import { slidingOf, valueOfNothing } from './sliding.js';
import type { SlotCell } from './slot-counts.js';
import { type Timeline, TimelineBuilder } from './timeline.js';
import { type WindowGrid, windowNs } from './windows.js';

/** What the function of a selection gives for one series in every window. */
export function seriesTimeline(
  called: Exclude<FunctionPlan, { kind: 'compare' }>,
  cells: ReadonlyMap<number, SlotCell>,
  grid: WindowGrid,
): Timeline {
  const slots = [...cells.keys()].sort((a, b) => a - b);
  const inOrder = slots.map((slot) => cells.get(slot)!);
  const sliding = slidingOf(called, Number(windowNs(grid)) / 1e9, inOrder);
  const nothing = valueOfNothing(called);
  const made = new TimelineBuilder();
  let [entered, left] = [0, 0];
  for (let window = 0; window < grid.windows; ) {
    for (; entered < slots.length && slots[entered]! < window + grid.perWindow; entered++)
      sliding.enter(inOrder[entered]!);
    for (; left < entered && slots[left]! < window; left++) sliding.leave(inOrder[left]!);
    made.add(window, left === entered ? nothing : sliding.value());
    window = Math.min(
      entered < slots.length ? slots[entered]! - grid.perWindow + 1 : Number.POSITIVE_INFINITY,
      left < entered ? slots[left]! + 1 : Number.POSITIVE_INFINITY,
    );
  }
  return made.done();
}

/** 1 in the windows that hold some of the slots, or whose last slots are at most `after` slots behind one; 0 in others. */
export function presence(slots: Iterable<number>, { perWindow, windows }: WindowGrid, after = 0): Timeline {
  const made = new TimelineBuilder();
  let until = 0;
  for (const slot of [...slots].sort((a, b) => a - b)) {
    const from = Math.max(0, slot - perWindow + 1);
    if (from > until) {
      made.add(until, 0);
      made.add(from, 1);
    } else if (until === 0) made.add(0, 1);
    until = Math.max(until, slot + after + 1);
    if (until >= windows) return made.done();
  }
  made.add(until, 0);
  return made.done();
}

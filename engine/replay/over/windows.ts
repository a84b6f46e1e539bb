import type { SelectionPlan } from '../../plan/metrics-plan.js';
import { QueryError } from '../../query/query-error.js';
import type { UnjudgedWindows } from '../../verdicts/window-violation.js';

/** Series that one window of a rule may have, unless a run says otherwise. */
export const MAX_SERIES = 10_000;

/** Windows of one rule in one run: what bounds the time of judging, together with the changes of its series. */
const MAX_WINDOWS = 1_000_000n;

/**
 * Windows of one rule, and the slots that they are made of. Slot `n` is `[startNs + n * stepNs, startNs + (n + 1) * stepNs)`, and window `n` is
 * the `perWindow` slots from slot `n` on. Times are nanoseconds since the Unix epoch, multiples of the step.
 */
export interface WindowGrid {
  readonly startNs: bigint;
  readonly stepNs: bigint;
  readonly perWindow: number;
  /** At least 1. */
  readonly windows: number;
}

/** How long windows are, and how far their starts are apart, in nanoseconds; the first is a multiple of the second. */
export interface WindowShape {
  readonly window: bigint;
  readonly every: bigint;
}

/** A range of time, the end exclusive. */
export interface OverRange {
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /**
   * Edges that are where the data begins or ends, and that nobody asked for: they are moved out, so that the windows hold all of the
   * data. At any other edge a window that the range cuts is not judged.
   */
  readonly open?: { readonly from: boolean; readonly to: boolean };
}

export interface WindowsOfRange {
  /** Absent where the range holds no whole window. */
  readonly grid?: WindowGrid;
  readonly cut: readonly UnjudgedWindows[];
}

/** The windows that are judged in a range, and those that it cuts. Throws a `QueryError` for too many. */
export function windowsOf({ window, every }: WindowShape, { fromNs, toNs, open }: OverRange): WindowsOfRange {
  let startNs = open?.from ? windowStartBefore(fromNs, every) : -windowStartBefore(-fromNs, every);
  let endNs = open?.to ? -windowStartBefore(-toNs, every) : windowStartBefore(toNs, every);
  // Data that is shorter than a window has one all the same.
  if (endNs - startNs < window && open?.to) endNs = startNs + window;
  else if (endNs - startNs < window && open?.from) startNs = endNs - window;
  const windows = endNs - startNs < window ? 0n : (endNs - startNs - window) / every + 1n;
  if (windows > MAX_WINDOWS)
    throw new QueryError('BT3002', `the range holds ${windows} windows, of which ${MAX_WINDOWS} are allowed`);
  const first = windowStartBefore(fromNs - window, every) + every;
  const last = -windowStartBefore(-toNs, every) - every;
  if (windows === 0n) return { cut: runOf(first, last, { window, every }) };
  const cut = [
    ...(open?.from ? [] : runOf(first, startNs - every, { window, every })),
    ...(open?.to ? [] : runOf(endNs - window + every, last, { window, every })),
  ];
  return {
    grid: { startNs, stepNs: every, perWindow: Number(window / every), windows: Number(windows) },
    cut,
  };
}

/** The windows that start from `first` to `last`. */
function runOf(first: bigint, last: bigint, { window, every }: WindowShape): readonly UnjudgedWindows[] {
  if (last < first) return [];
  return [
    { reason: 'range', count: Number((last - first) / every + 1n), fromNs: first, toNs: last + window },
  ];
}

/** The start of a window. */
export function windowStart({ startNs, stepNs }: WindowGrid, window: number): bigint {
  return startNs + BigInt(window) * stepNs;
}

export function windowNs({ stepNs, perWindow }: WindowGrid): bigint {
  return stepNs * BigInt(perWindow);
}

/** The times before each window that `prior` asks for, which its index tells as it does the window's. */
function gridBefore({ startNs, stepNs, windows }: WindowGrid, prior: bigint): WindowGrid {
  return { startNs: startNs - prior, stepNs, perWindow: Number(prior / stepNs), windows };
}

/** The slots that a selection is counted in. */
export function countedGrid({ prior }: SelectionPlan, grid: WindowGrid): WindowGrid {
  return prior === undefined ? grid : gridBefore(grid, BigInt(prior));
}

/** The end of the last slot. */
export function gridEnd(grid: WindowGrid): bigint {
  return windowStart(grid, grid.windows - 1) + windowNs(grid);
}

/** The greatest multiple of the step that is not later; also of what is before 1970. */
export function windowStartBefore(time: bigint, step: bigint): bigint {
  const rest = time % step;
  return rest < 0n ? time - rest - step : time - rest;
}

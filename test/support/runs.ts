/**
 * How many random cases a property test tries: `BETRACE_RUNS` times as many as are `usual`. All tests try half as many: where nothing
 * gives a seed each run tries others, so that many short runs see what one long one would, and CI, whose cases are always the same, would
 * learn nothing from more of them.
 */
export function runs(usual: number): number {
  return Math.ceil(usual * FACTOR);
}

/** Milliseconds that a test may take which usually may take `usual`: more where more cases are asked for, and no more than timers can be set to. */
export function timeFor(usual: number): number {
  return Math.min(usual * Math.max(1, FACTOR), 2 ** 31 - 1);
}

const FACTOR = Number(process.env.BETRACE_RUNS ?? 0.5);

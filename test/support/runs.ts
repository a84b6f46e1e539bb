/**
 * How many random cases a property test tries: `usual`, few enough for every run of all tests, or `BETRACE_RUNS` times as many. Where
 * nothing gives a seed each run tries others, so that many short runs see what one long one would.
 */
export function runs(usual: number): number {
  return Math.ceil(usual * FACTOR);
}

const FACTOR = Number(process.env.BETRACE_RUNS ?? 1);

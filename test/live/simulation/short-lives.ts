/** What processes promise that live for seconds: together they get as far as one that lives on. */
import type { Arrivals } from './arrivals.js';
import type { Judged } from './judged.js';
import { LIVES_MS, type Scenario } from './scenario.js';

/** Of `until`, when the last of them ended: every trace that had come when the last ones began was judged. */
export function waitingForALongLife(
  { lifeMs }: Scenario,
  arrivals: Arrivals,
  judged: Judged,
  until: number,
): readonly string[] {
  if (lifeMs === undefined) return [];
  return arrivals
    .keys()
    .filter((key) => Math.max(0, ...arrivals.spansOf(key).values()) <= until - LIVES_MS)
    .filter((key) => judged.spansOf(key).size === 0)
    .map((key) => `trace ${key} waits for a process that lives longer`);
}

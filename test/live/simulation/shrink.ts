/** The least of a seed's events with which it still fails. */
import { type SimulationOptions, type SimulationResult, simulate } from './simulation.js';

export function fails({ faults }: SimulationResult): boolean {
  return faults.length > 0;
}

/**
 * Leaves out events, at first many at once, for as long as the seed fails without them. What is left is a minimum: without any
 * single one of its events the seed passes.
 */
export async function shrink(
  failed: SimulationResult,
  options: SimulationOptions = {},
): Promise<SimulationResult> {
  let least = failed;
  let without: ReadonlySet<string> = options.without ?? new Set();
  for (let size = Math.ceil(failed.events.length / 2); size > 0; ) {
    let smaller = false;
    for (let from = 0; from < least.events.length; ) {
      const fewer = new Set([...without, ...least.events.slice(from, from + size)]);
      const result = await simulate(failed.seed, { ...options, without: fewer });
      if (fails(result)) {
        least = result;
        without = fewer;
        smaller = true;
      } else from += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!smaller) break;
  }
  return least;
}

export function failureText({ seed, history, events, faults }: SimulationResult): string {
  return [...history, `seed ${seed} fails with ${events.join(', ')}`, ...faults].join('\n');
}

/** The least of a seed's events with which it still fails. */
import { type SimulationOptions, type SimulationResult, simulate } from './simulation.js';

export function fails(result: SimulationResult): boolean {
  const { expected, standing } = result;
  return JSON.stringify(expected) !== JSON.stringify(standing) || !keepsBound(result);
}

export function keepsBound({ mostBytes, boundBytes }: SimulationResult): boolean {
  return mostBytes <= boundBytes;
}

/**
 * Leaves out events, at first many at once, for as long as the seed fails without them. What is left is a minimum: without any
 * single one of its events the seed passes.
 */
export async function shrink(
  failed: SimulationResult,
  options: SimulationOptions,
): Promise<SimulationResult> {
  let least = failed;
  let without: ReadonlySet<string> = options.without ?? new Set();
  for (let size = Math.ceil(failed.events.length / 2); size > 0; ) {
    let smaller = false;
    for (let at = 0; at < least.events.length; ) {
      const fewer = new Set([...without, ...least.events.slice(at, at + size)]);
      const result = await simulate(failed.seed, { ...options, without: fewer });
      // What was left out may have made room for other faults: only what is smaller brings this to an end.
      if (fails(result) && result.events.length < least.events.length) {
        least = result;
        without = fewer;
        smaller = true;
      } else at += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!smaller) break;
  }
  return least;
}

export function failureText(result: SimulationResult): string {
  const { seed, history, events, expected, standing, mostBytes } = result;
  const missing = expected.filter((id) => !standing.includes(id));
  const tooMany = standing.filter((id) => !expected.includes(id));
  return [
    ...history,
    `seed ${seed} fails with ${events.join(', ')}`,
    `missing: ${missing.join(' ') || 'none'}; too many: ${tooMany.join(' ') || 'none'}`,
    ...(keepsBound(result) ? [] : [`open traces took ${mostBytes} bytes`]),
  ].join('\n');
}

/**
 * Starts are kept in 0 … 2^62 ns (the year 2116) and durations below 2^61 ns, so that their sums and differences, with any
 * tolerance, fit a BIGINT whatever a broken clock wrote.
 */
export const MAX_START = (1n << 62n) - 1n;
export const MAX_DURATION = (1n << 61n) - 1n;

export function clampedStart(start: bigint): bigint {
  return clamped(start, MAX_START);
}

export function clampedDuration(duration: bigint): bigint {
  return clamped(duration, MAX_DURATION);
}

function clamped(value: bigint, most: bigint): bigint {
  return value < 0n ? 0n : value > most ? most : value;
}

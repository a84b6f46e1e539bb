/** The earliest of times; 0 where there is none. */
export function least(times: readonly bigint[]): bigint {
  return times.toSorted((a, b) => (a < b ? -1 : 1))[0] ?? 0n;
}

/** The latest of times; 0 where there is none. */
export function greatest(times: readonly bigint[]): bigint {
  return times.toSorted((a, b) => (a > b ? -1 : 1))[0] ?? 0n;
}

/** Numbers as people read them. */

/** `1.50 s` from nanoseconds. */
export function durationText(ns: number | bigint): string {
  const value = Number(ns);
  const units = [
    [3_600_000_000_000, 'h'],
    [60_000_000_000, 'min'],
    [1_000_000_000, 's'],
    [1_000_000, 'ms'],
    [1_000, 'µs'],
  ] as const;
  for (const [size, unit] of units)
    if (Math.abs(value) >= size)
      return `${(value / size)
        .toPrecision(3)
        .replace(/\.?0+$/u, '')
        .replace(/e\+.*/u, '')} ${unit}`;
  return `${value} ns`;
}

/** `2026-11-20 14:51:50.400` in UTC, from RFC 3339. */
export function timeText(time: string): string {
  return time.slice(0, 23).replace('T', ' ').replace(/Z$/u, '');
}

/** From nanoseconds since the Unix epoch. */
export function nanosText(ns: bigint | string): string {
  const ms = Number(BigInt(ns) / 1_000_000n);
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? timeText(new Date(ms).toISOString()) : String(ns);
}

export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

export function plural(count: number, singular: string, many = `${singular}s`): string {
  return `${countText(count)} ${count === 1 ? singular : many}`;
}

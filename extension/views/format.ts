/** Numbers and times as people read them. */

/** `2026-11-20 14:51:50.400` in UTC, from RFC 3339. */
export function timeText(time: string): string {
  return time.slice(0, 23).replace('T', ' ').replace(/Z$/u, '');
}

export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

export function plural(count: number, singular: string, many = `${singular}s`): string {
  return `${countText(count)} ${count === 1 ? singular : many}`;
}

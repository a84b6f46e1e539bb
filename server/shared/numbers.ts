/** Numbers for people. Always English, so that output does not depend on the machine. */

/** `1,234,567`, of a whole number. By hand: the tables of the language's own way take longer to load than a page of output to make. */
export function formatCount(count: number | bigint): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1.2k`, `3.4M`: three digits at most. */
export function formatShort(count: number): string {
  return scaled(count, 1000, ['', 'k', 'M', 'G', 'T']);
}

/** `61 MB`, `512 B`; powers of 1000. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1000, [' B', ' kB', ' MB', ' GB', ' TB']);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  // 999.5 would be rounded to 1000 of the smaller unit.
  while (rest >= base - 0.5 && unit < units.length - 1) {
    rest /= base;
    unit++;
  }
  const digits = unit === 0 || rest >= 9.95 ? 0 : 1;
  return `${rest.toFixed(digits)}${units[unit] ?? ''}`;
}

/** `3 blocks`, `1 block` */
export function plural(count: number, singular: string, many = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : many}`;
}

/** `420 ms`, `12 s`, `3 min 20 s`, `2 h 5 min` */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}

/** `3.2 %`; never `0 %` for something nor `100 %` for less than all. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  if (part === whole) return '100 %';
  const share = (part / whole) * 100;
  if (share < 0.01) return '< 0.01 %';
  const text = share.toFixed(share < 1 ? 2 : share < 10 ? 1 : 0);
  return text === '100' ? '> 99 %' : `${text} %`;
}

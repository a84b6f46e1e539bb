import type { AnyValueJson } from '../../../engine/answers/trace.js';

const COUNT = new Intl.NumberFormat('en-GB');
const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

export function count(amount: number): string {
  return COUNT.format(amount);
}

export function plural(amount: number, what: string): string {
  return `${count(amount)} ${what}${amount === 1 ? '' : 's'}`;
}

export function megabytes(bytes: number): string {
  return `${Number((bytes / 1e6).toPrecision(3))} MB`;
}

/** Days and times are UTC, as everywhere else. */
export function time(text: string | number): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? String(text) : `${TIME.format(date)} UTC`;
}

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

/** `14:30` where the day is that of `like`, else with the day. */
export function clock(text: string, like: string): string {
  const date = new Date(text);
  const day = DAY.format(date) === DAY.format(new Date(like)) ? '' : `${DAY.format(date)} `;
  return `${day}${CLOCK.format(date)}`;
}

/** `0.05 %`; small shares keep two digits that say something. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = (100 * part) / whole;
  return `${percent === 0 || percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}

/** `1.5 s`, of nanoseconds. */
export function duration(ns: number): string {
  for (const [size, unit] of DURATIONS)
    if (Math.abs(ns) >= size) return `${Number((ns / size).toPrecision(3))} ${unit}`;
  return `${ns} ns`;
}

const DURATIONS = [
  [86_400e9, 'd'],
  [3_600e9, 'h'],
  [60e9, 'min'],
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
] as const;

/** `2026-11-20 14:51:50.400 UTC`, of nanoseconds since the Unix epoch. */
export function clockTime(ns: bigint): string {
  const ms = Number(ns / 1_000_000n);
  return Math.abs(ms) < 8.64e15
    ? `${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')} UTC`
    : String(ns);
}

export function value(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

/** The value of an attribute in OTLP's JSON, as text. */
export function anyValue(given: AnyValueJson | undefined): string {
  const { arrayValue, kvlistValue, bytesValue, ...scalars } = given ?? {};
  if (arrayValue !== undefined) return `[${(arrayValue.values ?? []).map(anyValue).join(', ')}]`;
  if (kvlistValue !== undefined)
    return `{${(kvlistValue.values ?? []).map((pair) => `${pair.key}: ${anyValue(pair.value)}`).join(', ')}}`;
  if (bytesValue !== undefined) return `base64 ${bytesValue}`;
  const [only] = Object.values<unknown>(scalars);
  return only === undefined ? '' : value(only);
}

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

export function duration(ns: number): string {
  if (ns >= 1e9) return `${(ns / 1e9).toPrecision(3)} s`;
  if (ns >= 1e6) return `${(ns / 1e6).toPrecision(3)} ms`;
  if (ns >= 1e3) return `${(ns / 1e3).toPrecision(3)} µs`;
  return `${ns} ns`;
}

export function value(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

/** The value of an attribute in OTLP's JSON, as text. */
export function anyValue(given: AnyValueJson | undefined): string {
  const [only] = Object.values<unknown>({ ...given });
  return only === undefined ? '' : value(only);
}

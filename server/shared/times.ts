/** Times as a person reads them in a report: UTC, and no more of them than is needed. */
import { timeText } from '../../engine/replay/time-json.js';
import { formatDuration } from './numbers.js';

const MS = 1_000_000n;
const HOUR_NS = 3_600_000n * MS;
const DAY_NS = 24n * HOUR_NS;

/** `2026-11-20 14:24:51` */
export function secondText(ns: bigint): string {
  return timeText(ns).slice(0, 19).replace('T', ' ');
}

/** `2026-11-20 14:24:51.123456`, as exact as it is known. */
export function exactTime(ns: bigint): string {
  return timeText(ns)
    .replace('T', ' ')
    .replace(/(?:000){0,2}Z$/, '');
}

/** The later of two times, without the day if it is the same. */
export function laterText(ns: bigint, after: bigint): string {
  const text = secondText(ns);
  return text.slice(0, 10) === secondText(after).slice(0, 10) ? text.slice(11) : text;
}

/** Times on an axis from one time to another: as fine as that needs. */
export function axisTimes(fromNs: bigint, toNs: bigint): (ns: bigint) => string {
  const span = toNs - fromNs;
  if (span <= 600n * 1000n * MS) return (ns) => secondText(ns).slice(11);
  if (span <= 26n * HOUR_NS) return (ns) => secondText(ns).slice(11, 16);
  if (span <= 90n * DAY_NS) return (ns) => secondText(ns).slice(5, 16);
  return (ns) => secondText(ns).slice(0, 10);
}

/** `14:24:51.123`, with the day in front if the range has several. */
export function sampleTime(
  ns: bigint,
  { fromNs = ns, toNs = ns }: { fromNs?: bigint; toNs?: bigint },
): string {
  const text = timeText(ns).slice(0, 23).replace('T', ' ');
  return toNs - fromNs > 26n * HOUR_NS ? text : text.slice(11);
}

/** `8 h 37 min`, `3 d 4 h`; `12.3 ms` and `45 µs` for what is shorter than a second. */
export function spanText(ns: bigint): string {
  if (ns < 1000n) return `${ns} ns`;
  if (ns < MS) return `${Number(ns) / 1000} us`.replace(/(\.\d)\d+/, '$1');
  if (ns < 100n * MS) return `${(Number(ns) / 1e6).toFixed(1)} ms`;
  if (ns < 1000n * MS) return `${Math.round(Number(ns) / 1e6)} ms`;
  if (ns < 60_000n * MS) return `${(Number(ns) / 1e9).toFixed(1)} s`;
  if (ns < DAY_NS) return formatDuration(Number(ns / MS));
  const hours = (ns % DAY_NS) / HOUR_NS;
  return hours === 0n ? `${ns / DAY_NS} d` : `${ns / DAY_NS} d ${hours} h`;
}

/** `3 h 12 min ago`, where that says more than the time itself; undefined for long ago and for the future. */
export function agoText(ns: bigint, nowMs: number): string | undefined {
  const age = BigInt(nowMs) * MS - ns;
  if (age < 0n || age > 3n * DAY_NS) return undefined;
  return `${spanText(age)} ago`;
}

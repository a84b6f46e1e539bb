/** Times and sizes as people type them. */
import { parseRfc3339 } from '../../engine/blocks/meta-time.js';
import { durationOf, sizeOf } from './units.js';
import { UsageError } from './usage-error.js';

const DAY_MS = 86_400_000;
/** Starts of days in UTC. */
const DAYS_BEFORE: ReadonlyMap<string, number> = new Map([
  ['today', 0],
  ['yesterday', 1],
]);

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

/**
 * Nanoseconds since the Unix epoch, from RFC 3339 (a date alone is its start in UTC), unix seconds, `now`, `today` and `yesterday` (their
 * starts in UTC), or a time ago: `24h`, `7d`, `1h30m`, `30m ago`.
 */
export function parseTime(option: string, text: string, nowMs = Date.now()): bigint {
  const trimmed = text.trim();
  const daysBefore = DAYS_BEFORE.get(trimmed);
  if (daysBefore !== undefined)
    return BigInt((Math.floor(nowMs / DAY_MS) - daysBefore) * DAY_MS) * 1_000_000n;
  if (trimmed === 'now') return BigInt(nowMs) * 1_000_000n;
  const rfc3339 = parseRfc3339(/^\d{4}-\d\d-\d\d$/.test(trimmed) ? `${trimmed}T00:00:00Z` : trimmed);
  if (rfc3339 !== undefined) return rfc3339;
  const seconds = /^(\d+)(?:\.(\d{1,9}))?$/.exec(trimmed);
  if (seconds?.[1] !== undefined) return unixTime(option, text, seconds[1], seconds[2] ?? '');
  const ago = /^((?:\d+[smhdw])+)(?:\s*ago)?$/.exec(trimmed);
  if (ago?.[1] !== undefined) return (BigInt(nowMs) - durationMs(ago[1])) * 1_000_000n;
  throw new UsageError(
    `${option}: "${text}" is not a time. Write 2026-11-20T08:00:00Z, 2026-11-20, unix seconds, yesterday, or how long ago: 24h, 7d.`,
  );
}

function unixTime(option: string, text: string, seconds: string, fraction: string): bigint {
  if (seconds.length > 11) {
    throw new UsageError(
      `${option}: "${text}" has too many digits for unix seconds. Are these milliseconds?`,
    );
  }
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function durationMs(text: string): bigint {
  let total = 0n;
  for (const [, count = '0', unit = 's'] of text.matchAll(/(\d+)([smhdw])/g)) {
    total += BigInt(count) * BigInt(UNIT_MS[unit] ?? 0);
  }
  return total;
}

/** Bytes, from `512MB` (powers of 1000), `1GiB`, `1G` (powers of 1024), or a plain number. At least 1. */
export function parseBytes(option: string, text: string): number {
  const bytes = sizeOf(text);
  if (bytes !== undefined && bytes > 0) return bytes;
  throw new UsageError(`${option}: "${text}" is not a size. Write 512MB, 1GiB, or a number of bytes.`);
}

/** Milliseconds, from `500ms`, `30s`, `1h30m`. At least 1. */
export function parseDuration(option: string, text: string): number {
  const ms = durationOf(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new UsageError(`${option}: "${text}" is not a duration. Write 500ms, 30s, 5m.`);
}

/** A whole number from `least` up. */
export function parseCount(option: string, text: string, least = 0): number {
  const count = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw new UsageError(`${option}: "${text}" is not a whole number of at least ${least}.`);
}

/** One of a few words. */
export function parseChoice<const C extends string>(option: string, text: string, choices: readonly C[]): C {
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new UsageError(`${option}: "${text}" is not one of ${choices.join(', ')}.`);
}

/** An address to send spans to. */
export function parseUrl(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new UsageError(
    `${option}: "${text}" is no URL such as http://tempo:4317 or http://tempo:4318/v1/traces.`,
  );
}

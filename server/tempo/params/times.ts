import { HttpError } from '../../http/http-error.js';
import { parseDuration } from './duration.js';
import { type Parameters, quoted, wholeNumber } from './parameters.js';

/** Nanoseconds since the Unix epoch. */
export interface TimeRange {
  readonly start: bigint;
  readonly end: bigint;
}

const SECOND = 1_000_000_000n;
/** What fits in 64 bits of nanoseconds. */
const MAX_SECONDS = 9_000_000_000;

/** `start` and `end` in seconds, both or neither. Throws 400. */
export function secondsRange(parameters: Parameters): TimeRange | undefined {
  const start = seconds(parameters, 'start');
  const end = seconds(parameters, 'end');
  if (start === 0 && end === 0) return undefined;
  if (end <= start)
    throw new HttpError(400, `http parameter start must be before end. received start=${start} end=${end}`);
  if (start === 0 && parameters.get('start') === undefined)
    throw new HttpError(400, 'http parameters start and end must be given together');
  return { start: BigInt(start) * SECOND, end: BigInt(end) * SECOND };
}

function seconds(parameters: Parameters, name: string): number {
  const value = wholeNumber(parameters, name) ?? 0;
  if (value < 0 || value > MAX_SECONDS)
    throw new HttpError(400, `invalid ${name}: ${value} is not a time in seconds since the Unix epoch`);
  return value;
}

const DEFAULT_SINCE = 3600n * SECOND;

/**
 * `start` and `end` in seconds, nanoseconds or RFC 3339, or `since` before the end, which by default is that of the newest data.
 * Rejects with 400.
 */
export async function timestampRange(
  parameters: Parameters,
  newestData: () => Promise<bigint>,
): Promise<TimeRange> {
  const sinceText = parameters.get('since');
  const since = sinceText === undefined ? DEFAULT_SINCE : parseDuration(sinceText);
  if (since === undefined || since <= 0n)
    throw new HttpError(
      400,
      `could not parse 'since' parameter: ${quoted(sinceText ?? '')} is not a duration`,
    );
  const given = { start: timestamp(parameters, 'start'), end: timestamp(parameters, 'end') };
  const newest = given.start === undefined || given.end === undefined ? await newestData() : 0n;
  const end = given.end ?? newest;
  const start = given.start ?? (end < newest ? end : newest) - since;
  if (end <= start)
    throw new HttpError(400, `http parameter start must be before end. received start=${start} end=${end}`);
  return { start: start < 0n ? 0n : start, end };
}

function timestamp(parameters: Parameters, name: string): bigint | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const value = parseTimestamp(text);
  if (value !== undefined && value >= 0n && value <= BigInt(MAX_SECONDS) * SECOND) return value;
  if (NEITHER.test(text))
    throw new HttpError(
      400,
      `could not parse '${name}' parameter: ${text} is neither seconds nor nanoseconds since the Unix epoch; milliseconds are not taken`,
    );
  throw new HttpError(400, `could not parse '${name}' parameter: ${quoted(text)} is not a time`);
}

/** Tempo tells seconds from nanoseconds by their length. */
const SECONDS_DIGITS = 10;
/** Milliseconds and microseconds of our days, which would be nanoseconds of the first days of 1970. Tempo answers 400 as well. */
const NEITHER = /^[1-9]\d{10,15}$/;

function parseTimestamp(text: string): bigint | undefined {
  if (NEITHER.test(text)) return undefined;
  if (/^\d{1,19}$/.test(text)) return BigInt(text) * (text.length <= SECONDS_DIGITS ? SECOND : 1n);
  const [, whole, fraction = ''] = /^(\d{1,10})\.(\d{0,20})$/.exec(text) ?? [];
  if (whole !== undefined) return BigInt(whole) * SECOND + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return parseRfc3339(text);
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i;

function parseRfc3339(text: string): bigint | undefined {
  const [, time, fraction = '', zone] = RFC3339.exec(text) ?? [];
  const ms = Date.parse(`${time}${zone}`.toUpperCase());
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

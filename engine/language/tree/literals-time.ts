/** Points in time: `@2026-12-31`, `@2026-12-31T18:00:00Z`, `@2026-12-31T18:00:00.5+01:00`. */
import { MAX_INT, MIN_INT } from './literals.js';

const MILLISECOND = 1_000_000n;
const SECOND = 1_000_000_000n;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;

const TIME =
  /^@(?<date>\d{4}-\d{2}-\d{2})(?:T(?<clock>\d{2}:\d{2}(?::\d{2})?)(?:\.(?<fraction>\d{1,9}))?(?<zone>Z|[+-]\d{2}:\d{2})?)?$/u;

/** Why a text that begins like a time is none. */
export type TimeProblem =
  | 'form'
  /** There is no such day or hour. */
  | 'calendar'
  /** It says a time of day and not where. */
  | 'zone'
  /** Beyond what 64 bits of nanoseconds hold: the years 1678 to 2262. */
  | 'range';

/** Nanoseconds since 1970 of a time as written; a date is its first moment in UTC. */
export function timeValue(text: string): bigint | TimeProblem {
  const parts = TIME.exec(text)?.groups;
  if (parts?.date === undefined) return 'form';
  const { date, clock, fraction, zone } = parts;
  if (clock !== undefined && zone === undefined) return 'zone';
  if (clock === undefined && fraction !== undefined) return 'form';
  const [hours = '00', minutes = '00', seconds = '00'] = (clock ?? '')
    .split(':')
    .filter((part) => part !== '');
  const [offsetHours = '00', offsetMinutes = '00'] =
    zone === undefined || zone === 'Z' ? [] : zone.slice(1).split(':');
  const local = new Date(`${date}T${hours}:${minutes}:${seconds}Z`);
  // A day that does not exist is taken for one of the next month.
  if (Number.isNaN(local.getTime()) || local.toISOString().slice(0, 10) !== date || hours === '24')
    return 'calendar';
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return 'calendar';
  const offset = BigInt(offsetHours) * HOUR + BigInt(offsetMinutes) * MINUTE;
  const value =
    BigInt(local.getTime()) * MILLISECOND +
    BigInt((fraction ?? '').padEnd(9, '0')) +
    (zone?.startsWith('-') ? offset : -offset);
  return value < MIN_INT || value > MAX_INT ? 'range' : value;
}

/** The shortest form of a time that reads back as it, in UTC. */
export function timeText(nanoseconds: bigint): string {
  const ofSecond = ((nanoseconds % SECOND) + SECOND) % SECOND;
  const [date, clock] = new Date(Number((nanoseconds - ofSecond) / MILLISECOND)).toISOString().split(/[T.]/u);
  if (clock === '00:00:00' && ofSecond === 0n) return `@${date}`;
  const fraction = ofSecond === 0n ? '' : `.${String(ofSecond).padStart(9, '0').replace(/0+$/u, '')}`;
  return `@${date}T${clock}${fraction}Z`;
}

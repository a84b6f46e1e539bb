import type { CallPlan } from '../../../plan/expression.js';
import { characters, int, intArithmetic, intDivide, lowerCase } from '../../text/operations.js';
import { type Sql, sql } from '../../text/sql.js';
import { MISSING, type Value } from './value.js';
import { offsetAt } from './zone-offsets.js';

const HOUR = 3_600_000_000_000n;
const DAY = 24n * HOUR;
const WEEK = 7n * DAY;

/**
 * A function of one value; missing where that is of another type. Times are ints of nanoseconds since 1970. Of the values of a key
 * that is there several times the first counts, as in arithmetic.
 */
export function callValue(
  { function: name, zone }: Pick<CallPlan, 'function' | 'zone'>,
  value: Value,
): Value {
  const { s, i } = value;
  // A value with one type is there wherever that is.
  const present = value.present === true;
  switch (name) {
    case 'lower':
      return s === undefined ? MISSING : { s: lowerCase(s), present };
    case 'length':
      return s === undefined ? MISSING : { i: characters(s), present };
    case 'hour':
      return i === undefined
        ? MISSING
        : { i: sql`(${intDivide(localRest(i, DAY, zone), int(HOUR))})`, present };
    case 'weekday': {
      // 1970 began on a Thursday.
      if (i === undefined) return MISSING;
      return { i: sql`((${intDivide(localRest(i, WEEK, zone), int(DAY))} + 3) % 7 + 1)`, present };
    }
    case 'date':
      return i === undefined ? MISSING : { i: dayOf(i, zone) };
  }
}

/** What is left of a time, by the clocks of a zone, when whole lengths since 1970 are taken away. It never overflows. */
function localRest(time: Sql, length: bigint, zone: string | undefined): Sql {
  const [whole, twice] = [int(length), int(2n * length)];
  return zone === undefined
    ? sql`((${time} % ${whole} + ${whole}) % ${whole})`
    : sql`((${time} % ${whole} + ${offsetAt(zone, time)} + ${twice}) % ${whole})`;
}

/** The day as the time at which it begins in UTC. */
function dayOf(time: Sql, zone: string | undefined): Sql {
  const rest = localRest(time, DAY, zone);
  return zone === undefined
    ? intArithmetic(time, '-', rest)
    : intArithmetic(time, '+', sql`(${offsetAt(zone, time)} - ${rest})`);
}

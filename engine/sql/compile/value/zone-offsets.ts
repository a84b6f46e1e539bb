/** How far the clocks of a zone are ahead of UTC, out of what the machine knows of zones; the database needs to know none. */

import { int } from '../../text/operations.js';
import { type Sql, sql } from '../../text/sql.js';

/** From a moment on, until that of the next. */
export interface ZoneOffset {
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Seconds that clocks are ahead of UTC. */
  readonly seconds: number;
}

const FIRST = Date.UTC(1970, 0, 1);
const LAST = Date.UTC(2101, 0, 1);
/** No zone has changed its offset and changed it back in less: Morocco does so for Ramadan, which is four weeks. */
const STEP = 14 * 24 * 3600 * 1000;

const known = new Map<string, readonly ZoneOffset[]>();

/**
 * The offsets of a zone from 1970 to 2100, oldest first, at least one; before and after, the first and the last apply.
 * A zone that there is not is a programming error.
 */
export function zoneOffsets(zone: string): readonly ZoneOffset[] {
  const found = known.get(zone) ?? findOffsets(zone);
  known.set(zone, found);
  return found;
}

function findOffsets(zone: string): readonly ZoneOffset[] {
  const offsetAt = offsetReader(zone);
  const offsets: ZoneOffset[] = [{ from: FIRST, seconds: offsetAt(FIRST) }];
  for (let here = FIRST; here < LAST; here += STEP) {
    const before = offsets.at(-1)!.seconds;
    if (offsetAt(here + STEP) === before) continue;
    // Some second in between is the first of another offset.
    let [low, high] = [here, here + STEP];
    while (high - low > 1000) {
      const middle = low + Math.floor((high - low) / 2000) * 1000;
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    offsets.push({ from: high, seconds: offsetAt(high) });
  }
  return offsets;
}

/** Reads the offset in seconds at a whole second, in milliseconds since 1970. */
function offsetReader(zone: string): (time: number) => number {
  const clock = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (time) => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of clock.formatToParts(time)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return (Date.UTC(year, month - 1, day, hour, minute, second) - time) / 1000;
  };
}

/** SQL of the offset in nanoseconds at a time in nanoseconds, found by halves. */
export function offsetAt(zone: string, time: Sql): Sql {
  const offsets = zoneOffsets(zone);
  const within = (low: number, high: number): Sql => {
    if (low === high) return int(BigInt(offsets[low]!.seconds) * 1_000_000_000n);
    const middle = Math.ceil((low + high) / 2);
    const from = int(BigInt(offsets[middle]!.from) * 1_000_000n);
    return sql`(CASE WHEN ${time} < ${from} THEN ${within(low, middle - 1)} ELSE ${within(middle, high)} END)`;
  };
  return within(0, offsets.length - 1);
}

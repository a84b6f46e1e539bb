import { cast, int, intDivide } from '../../text/operations.js';
import { EMPTY, type Sql, sql } from '../../text/sql.js';

/**
 * Intervals of start times. Of `range`, as Tempo has them, `(startNs + n * stepNs, startNs + (n + 1) * stepNs]`; of `slots`, which rules
 * are judged in, `[startNs + n * stepNs, startNs + (n + 1) * stepNs)`; of `instant` the one `[startNs, endNs]`.
 */
export interface Intervals {
  readonly kind: 'range' | 'slots' | 'instant';
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly stepNs: bigint;
}

/** SQL for "the time is in one of the intervals". */
export function insideSql({ kind, startNs, endNs }: Intervals, time: Sql): Sql {
  const first = kind === 'range' ? sql`>` : sql`>=`;
  const last = kind === 'slots' ? sql`<` : sql`<=`;
  return sql`${time} ${first} ${int(startNs)} AND ${time} ${last} ${int(endNs)}`;
}

/** SQL of the number of the interval that a time inside falls in. */
export function intervalSql({ kind, startNs, stepNs }: Intervals, time: Sql): Sql {
  if (kind === 'instant') return sql`0`;
  const offset = sql`${time} - ${int(startNs)}${kind === 'range' ? sql` - 1` : EMPTY}`;
  return cast(sql`(${intDivide(sql`(${offset})`, int(stepNs))})`, 'int32');
}

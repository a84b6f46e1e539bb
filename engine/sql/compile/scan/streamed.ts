import { SPANS } from '../../tables.js';
import { ints, rowsOf, semiJoin } from '../../text/operations.js';
import { type Sql, sql } from '../../text/sql.js';
import type { Relations } from '../relations.js';
import { type Pass, passRows } from './scan.js';

/** Where the spans are that a filter of a query matches. */
export interface CountedSpans {
  readonly relations: Relations;
  /** Where they are no table: the same for the spans of these traces alone. */
  readonly among?: (traces: readonly bigint[]) => Relations;
}

/** The spans that a pass keeps as a SELECT: they are matched where they are read. `spansNear` is that of a run. */
export function streamedSpans(
  pass: Pass,
  shared: Omit<Relations, 'matched'>,
  spansNear: (traces: readonly bigint[]) => Sql = () => sql`SELECT * FROM ${SPANS}`,
): CountedSpans {
  const over = (spans?: Sql): Relations => {
    const passOverSpans = spans === undefined ? pass : { ...pass, spans };
    return { ...shared, matched: sql`(${passRows(passOverSpans, shared)})` };
  };
  return {
    relations: over(),
    among: (traces) => {
      const keys = semiJoin(sql`(SELECT ${rowsOf(ints(traces))} AS trace)`, { using: ['trace'] });
      return over(sql`(SELECT * FROM (${spansNear(traces)}) ${keys})`);
    },
  };
}

import type { Session } from '../store/store.js';
import { TRACES } from '../tables.js';
import { cast, groupByAll, hex } from '../text/operations.js';
import { type Sql, sql } from '../text/sql.js';

export interface TraceVerdicts {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** One of `VERDICT`. */
  readonly verdict: number;
  /** Index in `RulePlan.clauses`; absent for cases that passed. */
  readonly clause?: number;
  readonly count: number;
}

/** How many cases of a rule came out how, trace by trace; `verdicts` are the rows that `onVerdicts` of an evaluation gives. */
export async function verdictsByTrace(session: Session, verdicts: Sql): Promise<readonly TraceVerdicts[]> {
  const rows = await session.rows(
    sql`SELECT ${hex(sql`t.trace_id`)}, verdict, clause, ${cast(sql`sum(cases)`, 'int64')} FROM ${verdicts} JOIN ${TRACES} t USING (trace) ${groupByAll()}`,
  );
  return (rows as [string, number, number | null, bigint][]).map(([traceId, verdict, clause, count]) => ({
    traceId,
    verdict,
    ...(clause === null ? {} : { clause }),
    count: Number(count),
  }));
}

import type { UndecidedCase } from '../../verdicts/undecided-case.js';
import { VERDICT } from '../../verdicts/verdict.js';
import { TRACES, VERDICTS } from '../tables.js';
import { hex, qualify } from '../text/operations.js';
import { sql } from '../text/sql.js';
import { flowValues } from './flow-values.js';
import type { Judged } from './judged.js';

/** The earliest undecided cases of each rule, at most `limit`, by the index of the rule. */
export async function listUndecided(
  judged: Judged,
  limit: number,
): Promise<ReadonlyMap<number, readonly UndecidedCase[]>> {
  const { db, plan, relations } = judged;
  if (relations.flows === undefined || limit === 0) return new Map();
  const listed = sql`(SELECT v.*, t.trace_id FROM ${VERDICTS} v JOIN ${TRACES} t ON t.trace = v.trace WHERE verdict = ${VERDICT.undecided}
    ${qualify(sql`row_number() OVER (PARTITION BY rule ORDER BY time_ns, trace_id, id) <= ${limit}`)})`;
  const keys = await flowValues(judged, [...plan.rules.keys()], listed);
  const rows = await db.rows(
    sql`SELECT rule, id, ${hex(sql`trace_id`)}, time_ns, clause FROM ${listed} ORDER BY rule, time_ns, trace_id, id`,
  );
  const cases = new Map<number, UndecidedCase[]>();
  for (const [rule, id, traceId, time, clause] of rows as [number, bigint, string, bigint, number][]) {
    const key = keys.get(`${rule} ${id}`)?.key ?? new Map<string, unknown>();
    const undecided = { key, traceId, time, clause };
    const ofRule = cases.get(rule);
    if (ofRule === undefined) cases.set(rule, [undecided]);
    else ofRule.push(undecided);
  }
  return cases;
}

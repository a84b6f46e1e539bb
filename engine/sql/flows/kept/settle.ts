/** Notes that flows have been judged: their cases are not counted again, and are judged again when they change or are due. */
import type { RulePlan } from '../../../plan/plan.js';
import { VERDICT } from '../../../verdicts/verdict.js';
import { isNearPiece } from '../../compile/rule/watched-rows.js';
import type { NumberedRule } from '../../store/rule-guard.js';
import type { Session } from '../../store/store.js';
import {
  CHOSEN_COUNTED,
  CHOSEN_FLOWS,
  KEPT_CHANGED,
  KEPT_COUNTED,
  KEPT_DUE,
  KEPT_NOTES,
  VERDICTS,
} from '../../tables.js';
import { allBut, int, intDivide, text } from '../../text/operations.js';
import { join, type Sql, sql } from '../../text/sql.js';
import type { FlowKeys } from '../flow-keys.js';

export const DAY_NS = 86_400_000_000_000n;

/** Of what `VERDICTS` has of the chosen flows by the rules named by index. To be called in a transaction. */
export async function settleChosen(
  db: Session,
  keys: FlowKeys,
  tenant: string,
  rules: readonly NumberedRule[],
): Promise<void> {
  const mine = sql`tenant = ${text(tenant)}`;
  const chosen = sql`(n, flow) IN (SELECT (n, flow) FROM ${CHOSEN_FLOWS})`;
  for (const table of [KEPT_CHANGED, KEPT_DUE])
    await db.run(sql`DELETE FROM ${table} WHERE ${mine} AND ${chosen}`);
  const cases = rules.map(({ ruleIndex, rule }) => {
    const key = keys.numberOf(rule.flow!);
    return sql`SELECT ${text(tenant)} AS tenant, ${text(rule.id)} AS rule, ${key} AS n, flow, bound_spans, time_ns, last_ns, ${intDivide(sql`time_ns`, int(DAY_NS))} AS day, due_ns, verdict = ${VERDICT.undecided} AS undecided, is_counted, first_ns, gone_ns, cases
      FROM ${VERDICTS} WHERE rule = ${ruleIndex}`;
  });
  if (cases.length === 0) return;
  const all = sql`(${join(cases, ' UNION ALL ')})`;
  await db.run(
    sql`INSERT INTO ${KEPT_DUE} BY NAME SELECT ${allBut(['cases'])} FROM ${all} WHERE due_ns IS NOT NULL`,
  );
  for (const { ruleIndex, rule } of rules)
    if (rule.bindings.length === 0) await db.run(withoutPieces(rule, ruleIndex, mine));
  // A piece may be longer than when it was counted.
  const isNew = sql`is_counted AND (cases = 1 OR bound_spans IS NULL)`;
  await db.run(
    sql`INSERT INTO ${KEPT_COUNTED} BY NAME SELECT tenant, rule, n, flow, bound_spans, time_ns, last_ns FROM ${all} WHERE ${isNew}`,
  );
}

/** The counted pieces that those judged take the place of. */
function withoutPieces(rule: RulePlan, ruleIndex: number, mine: Sql): Sql {
  const isNear = isNearPiece(sql`v.`, sql`c.`);
  const near = sql`SELECT (c.flow, c.time_ns) FROM ${CHOSEN_COUNTED} c JOIN ${VERDICTS} v ON v.rule = ${ruleIndex} AND ${isNear} WHERE c.rule = ${text(rule.id)}`;
  return sql`DELETE FROM ${KEPT_COUNTED} WHERE ${mine} AND rule = ${text(rule.id)} AND (flow, time_ns) IN (${near})`;
}

/** Keeps what came of a judgement until it is known elsewhere. */
export async function addNote(db: Session, note: string): Promise<void> {
  await db.run(
    sql`INSERT INTO ${KEPT_NOTES} SELECT coalesce(max(seq), 0) + 1, ${text(note)} FROM ${KEPT_NOTES}`,
  );
}

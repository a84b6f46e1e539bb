/** The cases of rules, with the spans that are asked what is different about them: taken out of verdicts, kept for all units of a run. */
import type { CaseRole } from '../../plan/case-roles.js';
import type { RulePlan } from '../../plan/plan.js';
import { VERDICT } from '../../verdicts/verdict.js';
import { Ctes } from '../compile/ctes.js';
import type { Relations } from '../compile/relations.js';
import { flowOf, spansOfPieces } from '../compile/rule/flow-cases.js';
import { dropTables } from '../store/drop-tables.js';
import type { Session, Store } from '../store/store.js';
import { DIFFERING_CASES, DIFFERING_SPANS, SPANS } from '../tables.js';
import { antiJoin, argMin, cast, element, emptyTable, isIn, list } from '../text/operations.js';
import { EMPTY, type Sql, sql } from '../text/sql.js';

/** Makes the tables anew. `part` tells cases of different units apart, which may have the same id. */
export async function startCases(db: Store): Promise<void> {
  const key = [
    ['rule', 'int32'],
    ['part', 'int32'],
    ['id', 'int64'],
    ['violated', 'bool'],
  ] as const;
  await dropTables(db, [DIFFERING_CASES, DIFFERING_SPANS]);
  await db.run(emptyTable(DIFFERING_CASES, [...key, ['trace', 'int64']]));
  await db.run(emptyTable(DIFFERING_SPANS, [...key, ['role', 'int32'], ['row', 'int64']]));
}

/** Forgets what was kept of a part that has to be judged again. */
export async function forgetPart(db: Store, part: number): Promise<void> {
  for (const table of [DIFFERING_CASES, DIFFERING_SPANS])
    await db.run(sql`DELETE FROM ${table} WHERE part = ${part}`);
}

/** Keeps the cases among the verdicts of a rule that passed or violate it, of which each has a row. */
export async function keepCases(
  session: Session,
  { rule, number, part }: { readonly rule: RulePlan; readonly number: number; readonly part: number },
  roles: readonly CaseRole[],
  verdicts: Sql,
  relations: Relations,
): Promise<void> {
  const decided = sql`(SELECT *, verdict = ${VERDICT.violation} AS violated FROM ${verdicts} WHERE verdict IN (${VERDICT.pass}, ${VERDICT.violation}))`;
  await session.run(
    sql`INSERT INTO ${DIFFERING_CASES} SELECT ${number}, ${part}, id, violated, trace FROM ${decided}`,
  );
  for (const [n, role] of roles.entries()) {
    const spans = spansOf(rule, role, decided, relations);
    if (spans === undefined) continue;
    await session.run(sql`INSERT INTO ${DIFFERING_SPANS}
      SELECT ${number}, ${part}, v.id, v.violated, ${n}, x.row FROM ${decided} v JOIN (${spans}) x ON x.id = v.id WHERE x.row IS NOT NULL`);
  }
}

/**
 * SELECTs `id` of the case and `row` of a span; undefined for what is found in its trace later. Of all that a filter matches it is the
 * first: of many spans some have any value, which would be all that is different about traces with more of them.
 */
function spansOf(rule: RulePlan, role: CaseRole, verdicts: Sql, relations: Relations): Sql | undefined {
  switch (role.kind) {
    case 'root':
      return undefined;
    case 'bound':
      return sql`SELECT v.id, ${element(sql`v.bound`, sql`${role.binding + 1}`)} AS row FROM ${verdicts} v`;
    case 'matched': {
      const flow = flowOf(rule, new Ctes(relations));
      if (flow !== undefined) return spansOfPieces(flow, verdicts);
      const holds = relations.predicates.holds(role.predicate, sql`m.`);
      const first = sql`SELECT m.trace, ${argMin(sql`m.row`, [sql`m.start_ns`, sql`m.row`])} AS row FROM ${relations.matched} m WHERE ${holds} GROUP BY m.trace`;
      return sql`SELECT v.id, m.row FROM ${verdicts} v JOIN (${first}) m ON m.trace = v.trace`;
    }
  }
}

/**
 * Where every violating case of a rule has a span that the rule looks at, a case that has none is nothing to compare with: those go. To be
 * called once all cases are there.
 */
export async function dropBlankCases(db: Store, { number, rootRole }: RuleOfCases): Promise<void> {
  if (rootRole === 0) return;
  const mine = sql`(SELECT * FROM ${DIFFERING_CASES} WHERE rule = ${number})`;
  const spans = sql`(SELECT part, id FROM ${DIFFERING_SPANS} WHERE rule = ${number})`;
  const blank = sql`SELECT part, id, violated FROM ${mine} ${antiJoin(spans, { using: ['part', 'id'] })}`;
  const [row] = await db.rows(sql`SELECT count(*) FROM (${blank}) WHERE violated`);
  if (row?.[0] !== 0n) return;
  await db.run(
    sql`DELETE FROM ${DIFFERING_CASES} WHERE rule = ${number} AND (part, id) IN (SELECT part, id FROM (${blank}))`,
  );
}

/** A rule by its number in the plan, with the number of the role of roots, which is its last. */
export interface RuleOfCases {
  readonly number: number;
  readonly rootRole: number;
}

/**
 * SELECTs `rule`, `part`, `id`, `violated`, `role` and `row` of the spans in the unit at hand, of these rules, and of violating cases only
 * where that is asked. Spans are read for the roots alone: rows of other units may be among them.
 */
export function rowsOfCases(rules: readonly RuleOfCases[], onlyViolated: boolean): Sql {
  const violated = onlyViolated ? sql` AND violated` : EMPTY;
  const isMine = isIn(list(rules.map(({ number }) => sql`${number}`)), sql`rule`);
  const roles = Array.from({ length: 1 + Math.max(...rules.map(({ number }) => number)) }, (_, n) => {
    const rule = rules.find(({ number }) => number === n);
    return sql`${rule?.rootRole ?? 0}`;
  });
  return sql`SELECT rule, part, id, violated, role, row FROM ${DIFFERING_SPANS} WHERE ${isMine}${violated}
  UNION ALL
  SELECT c.rule, c.part, c.id, c.violated, ${element(sql`(${cast(list(roles), 'int32[]')})`, sql`c.rule + 1`)}, s.row
  FROM ${DIFFERING_CASES} c JOIN (SELECT trace, row FROM ${SPANS} WHERE is_root) s ON s.trace = c.trace WHERE ${isMine}${violated}`;
}

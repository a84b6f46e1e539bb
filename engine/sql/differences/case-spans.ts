/** The cases of rules, with the spans that are asked what is different about them: taken out of verdicts, kept for all units of a run. */
import type { CaseRole } from '../../plan/case-roles.js';
import type { RulePlan } from '../../plan/plan.js';
import { VERDICT } from '../../verdicts/verdict.js';
import { Ctes } from '../compile/ctes.js';
import type { Relations } from '../compile/relations.js';
import { flowOf, spansOfPieces } from '../compile/rule/flow-cases.js';
import { dropTables } from '../store/drop-tables.js';
import type { Session, Store } from '../store/store.js';
import { ASKED_ROWS, ASKED_SPANS, DIFFERING_CASES, DIFFERING_SPANS, SPANS } from '../tables.js';
import {
  antiJoin,
  argMin,
  cast,
  deleteFrom,
  element,
  emptyTable,
  filtered,
  hash63,
  int,
  isIn,
  list,
  semiJoin,
  tableAs,
} from '../text/operations.js';
import { join, names, type Sql, sql, TRUE } from '../text/sql.js';

const KEY = [
  ['rule', 'int32'],
  ['part', 'int32'],
  ['id', 'int64'],
  ['violated', 'bool'],
] as const;
const SPAN = [...KEY, ['role', 'int32'], ['row', 'int64']] as const;

/** Makes the tables anew. `part` tells cases of different units apart, which may have the same id. */
export async function startCases(db: Store): Promise<void> {
  await dropTables(db, [DIFFERING_CASES, DIFFERING_SPANS]);
  await db.run(emptyTable(DIFFERING_CASES, [...KEY, ['trace', 'int64']]));
  await db.run(emptyTable(DIFFERING_SPANS, SPAN));
}

/** Forgets what was kept of a part that has to be judged again. */
export async function forgetPart(db: Store, part: number): Promise<void> {
  for (const table of [DIFFERING_CASES, DIFFERING_SPANS])
    await db.run(deleteFrom(table, sql`part = ${part}`));
}

/** A rule by its number in the plan, with the number of the role of roots, which is its last. */
export interface RuleOfCases {
  readonly number: number;
  readonly rootRole: number;
}

/** Shares of the traces whose cases are kept, 0 to 1: of those that violate the rule, and of those that passed. */
export interface KeptShares {
  readonly violated: number;
  readonly passed: number;
}

export interface RuleWithShares extends RuleOfCases {
  readonly kept: KeptShares;
}

interface KeptOfRule extends RuleWithShares {
  readonly rule: RulePlan;
  readonly part: number;
  readonly roles: readonly CaseRole[];
}

/**
 * Keeps the cases among the verdicts of a rule that passed or violate it, of which each has a row. Which traces are kept is the same for
 * all rules and runs over the same blocks, whatever the units.
 */
export async function keepCases(
  session: Session,
  { rule, number, part, roles, kept }: KeptOfRule,
  verdicts: Sql,
  relations: Relations,
): Promise<void> {
  const some = [
    sql`(verdict = ${VERDICT.violation} AND ${isAmong(kept.violated)})`,
    sql`(verdict = ${VERDICT.pass} AND ${isAmong(kept.passed)})`,
  ];
  const decided = sql`(SELECT *, verdict = ${VERDICT.violation} AS violated FROM ${verdicts} WHERE ${join(some, ' OR ')})`;
  await session.run(
    sql`INSERT INTO ${DIFFERING_CASES} SELECT ${number}, ${part}, id, violated, trace FROM ${decided}`,
  );
  for (const [n, role] of roles.entries()) {
    const spans = spansOf({ rule, number, part, kept }, role, decided, relations);
    if (spans === undefined) continue;
    await session.run(sql`INSERT INTO ${DIFFERING_SPANS}
      SELECT ${number}, ${part}, id, violated, ${n}, row FROM (${spans}) WHERE row IS NOT NULL`);
  }
}

const HASHES = 1n << 63n;

/** Whether a trace is among such a share of all. */
function isAmong(share: number): Sql {
  if (share >= 1) return TRUE;
  const most = (HASHES * BigInt(Math.floor(share * 2 ** 32))) >> 32n;
  return sql`${hash63(sql`trace`)} < ${int(most)}`;
}

/**
 * SELECTs `id` and `violated` of the case and `row` of a span; undefined for what is found in its trace later. Of all that a filter matches it
 * is the first: of many spans some have any value, which would be all that is different about traces with more of them.
 */
function spansOf(
  { rule, number, part, kept }: Pick<KeptOfRule, 'rule' | 'number' | 'part' | 'kept'>,
  role: CaseRole,
  decided: Sql,
  relations: Relations,
): Sql | undefined {
  switch (role.kind) {
    case 'root':
      return undefined;
    case 'bound':
      return sql`SELECT v.id, v.violated, ${element(sql`v.bound`, sql`${role.binding + 1}`)} AS row FROM ${decided} v`;
    case 'matched': {
      const flow = flowOf(rule, new Ctes(relations));
      if (flow !== undefined)
        return sql`SELECT v.id, v.violated, x.row FROM ${decided} v JOIN (${spansOfPieces(flow, decided)}) x ON x.id = v.id`;
      const holds = relations.predicates.holds(role.predicate, sql`m.`);
      const among = isAmong(Math.max(kept.violated, kept.passed));
      const first = sql`SELECT m.trace, ${argMin(sql`m.row`, [sql`m.start_ns`, sql`m.row`])} AS row FROM ${relations.matched} m WHERE ${holds} AND ${among} GROUP BY m.trace`;
      return sql`SELECT c.id, c.violated, m.row FROM ${DIFFERING_CASES} c JOIN (${first}) m ON m.trace = c.trace WHERE c.rule = ${number} AND c.part = ${part}`;
    }
  }
}

/** The rules, by number, that some case violates which has no span that they look at. To be called once all cases are there. */
export async function rulesViolatedBlank(db: Store): Promise<ReadonlySet<number>> {
  const found = await db.rows(sql`SELECT DISTINCT rule FROM (${blankCases()}) WHERE violated`);
  return new Set(found.map(([rule]) => Number(rule)));
}

/** Where every violating case of a rule has a span that the rule looks at, a case that has none is nothing to compare with: of such rules those go. */
export async function dropBlankCases(db: Store, rules: readonly RuleOfCases[]): Promise<void> {
  if (rules.length === 0) return;
  await db.run(
    deleteFrom(
      DIFFERING_CASES,
      sql`${ofRules(rules)} AND (rule, part, id) IN (SELECT rule, part, id FROM (${blankCases()}))`,
    ),
  );
}

function blankCases(): Sql {
  const key = { using: ['rule', 'part', 'id'] };
  return sql`SELECT rule, part, id, violated FROM ${DIFFERING_CASES} ${antiJoin(DIFFERING_SPANS, key)}`;
}

/** The cases that are kept of each rule, by its number. */
export async function countCases(db: Store): Promise<ReadonlyMap<number, Readonly<KeptShares>>> {
  const counts = [sql`violated`, sql`NOT violated`].map((is) => filtered(sql`count(*)`, is));
  const rows = await db.rows(sql`SELECT rule, ${join(counts, ', ')} FROM ${DIFFERING_CASES} GROUP BY rule`);
  return new Map(
    (rows as [number, bigint, bigint][]).map(([rule, violated, passed]) => [
      rule,
      { violated: Number(violated), passed: Number(passed) },
    ]),
  );
}

/** Lets go of cases: of each rule those stay whose traces are among such shares of all. */
export async function keepFewer(db: Store, rules: readonly RuleWithShares[]): Promise<void> {
  const stay = rules.map(
    ({ number, kept: { violated, passed } }) =>
      sql`(rule = ${number} AND CASE WHEN violated THEN ${isAmong(violated)} ELSE ${isAmong(passed)} END)`,
  );
  await db.run(deleteFrom(DIFFERING_CASES, sql`NOT (${join(stay, ' OR ')})`));
}

/** Makes the tables anew that the spans of the cases of some rules come into, once for each case and once for all. */
export async function startSpans(db: Store, rules: readonly RuleOfCases[]): Promise<void> {
  await dropTables(db, [ASKED_SPANS, ASKED_ROWS]);
  const columns = SPAN.map(([column]) => column);
  await db.run(
    tableAs(
      ASKED_SPANS,
      sql`SELECT -1 AS unit, ${join(names(columns), ', ')} FROM ${DIFFERING_SPANS} ${semiJoin(DIFFERING_CASES, { using: ['rule', 'part', 'id'] })} WHERE ${ofRules(rules)}`,
    ),
  );
}

/** Adds the roots of the traces of cases that are in the unit at hand, which may have been tried before. */
export async function addRoots(db: Store, rules: readonly RuleOfCases[], unit: number): Promise<void> {
  const roles = Array.from({ length: 1 + Math.max(...rules.map(({ number }) => number)) }, (_, n) => {
    const rule = rules.find(({ number }) => number === n);
    return sql`${rule?.rootRole ?? 0}`;
  });
  await db.run(deleteFrom(ASKED_SPANS, sql`unit = ${unit}`));
  await db.run(sql`INSERT INTO ${ASKED_SPANS}
    SELECT ${unit}, c.rule, c.part, c.id, c.violated, ${element(sql`(${cast(list(roles), 'int32[]')})`, sql`c.rule + 1`)}, s.row
    FROM ${DIFFERING_CASES} c JOIN (SELECT trace, row FROM ${SPANS} WHERE is_root) s ON s.trace = c.trace WHERE ${ofRules(rules)}`);
  await dropTables(db, [ASKED_ROWS]);
  await db.run(tableAs(ASKED_ROWS, sql`SELECT DISTINCT row FROM ${ASKED_SPANS}`));
}

function ofRules(rules: readonly RuleOfCases[]): Sql {
  return isIn(list(rules.map(({ number }) => sql`${number}`)), sql`rule`);
}

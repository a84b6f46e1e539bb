/**
 * The rules that the hits of traces decide: every signature tells what becomes of its cases (see `signature.ts`). Verdicts are
 * then numbers of traces or spans with these hits, counted once for all such rules, and only what is violated is looked up.
 */
import type { Plan, RulePlan } from '../../plan/plan.js';
import type { Database } from './database.js';
import { intLiteral } from './literal.js';
import type { Relations } from './relations.js';
import { VERDICT } from './rule.js';
import { type Signature, toldByHits } from './signature.js';

/** Few rules are judged faster than traces are grouped. */
export function triesHits(plan: Plan): boolean {
  return plan.rules.length > 4;
}

/** With more signatures, the traces are too different for this to pay. */
const MAX_SIGNATURES = 256;

/** The columns of hits of a trace. */
type Hits = readonly bigint[];

/** What becomes of a case: the index of the clause that it violates, `pass`, or `none` where there is no case. */
type Outcome = number | 'pass' | 'none';

/**
 * SELECTs the rows of `verdicts` of each rule that is decided, by its index; null where it has no case. `passKey` is the SQL
 * of a bucket over `time_ns`. Reads `trace_hits`, and makes the tables `trace_groups` and `span_groups`.
 */
export async function decidedRules(
  db: Database,
  plan: Plan,
  relations: Relations,
  passKey: string,
): Promise<ReadonlyMap<number, string | null>> {
  const words = relations.predicates.words().join(', ');
  const group = async (name: string, table: string): Promise<void> =>
    await db.run(`CREATE OR REPLACE TABLE ${name} AS
    SELECT ${words}, any_value(trace) AS trace, min(time_ns) AS time_ns, count(*) AS cases
    FROM (SELECT ${words}, trace, start_ns AS time_ns FROM ${table}) GROUP BY ${words}, ${passKey}`);
  await group('trace_groups', 'trace_hits');
  const signatures = (await db.rows(
    `SELECT DISTINCT ${words} FROM trace_groups LIMIT ${MAX_SIGNATURES + 1}`,
  )) as Hits[];
  if (signatures.length > MAX_SIGNATURES) return new Map();
  const decided = plan.rules.flatMap((rule, n): [number, string | null][] => {
    const sql = rule.bindings.length > 0 ? ofSpans : ofTraces;
    const selects = sql(rule, n, signatures, relations, passKey);
    if (selects === undefined) return [];
    return [[n, selects.length === 0 ? null : selects.join('\nUNION ALL\n')]];
  });
  if (decided.some(([, sql]) => sql?.includes('span_groups'))) await group('span_groups', relations.matched);
  return new Map(decided);
}

/** A case of a rule without bindings is a trace. */
function ofTraces(
  rule: RulePlan,
  n: number,
  signatures: readonly Hits[],
  { predicates }: Relations,
  passKey: string,
): readonly string[] | undefined {
  const byOutcome = new Map<Outcome, Hits[]>();
  for (const hits of signatures) {
    const outcome = outcomeOf(rule, predicates.signature(hits));
    if (outcome === undefined) return undefined;
    byOutcome.set(outcome, [...(byOutcome.get(outcome) ?? []), hits]);
  }
  return [...byOutcome].flatMap(([outcome, which]) => {
    if (outcome === 'none') return [];
    const where = which.map((hits) =>
      predicates
        .words()
        .map((word, w) => `${word} = ${intLiteral(hits[w]!)}`)
        .join(' AND '),
    );
    const these = `(${where.join(' OR ')})`;
    return outcome === 'pass'
      ? [passedSql(n, 'trace_groups', these, passKey)]
      : [
          `SELECT ${n} AS rule, trace AS id, trace, start_ns AS time_ns, ${VERDICT.violation} AS verdict, ${outcome} AS clause, []::BIGINT[] AS bound, 1 AS cases
FROM trace_hits WHERE ${these}`,
        ];
  });
}

/** A case of a rule that binds one span is that span; here, if they all end alike, whatever their trace. */
function ofSpans(
  rule: RulePlan,
  n: number,
  signatures: readonly Hits[],
  { predicates, matched }: Relations,
  passKey: string,
): readonly string[] | undefined {
  const predicate = onlyPredicate(rule);
  if (predicate === undefined) return undefined;
  const outcomes = new Set<Outcome | undefined>();
  for (const hits of signatures) {
    const signature = predicates.signature(hits);
    if (signature(predicate)) outcomes.add(outcomeOf(rule, signature));
  }
  const [outcome = 'none', ...others] = outcomes;
  if (outcomes.has(undefined) || others.length > 0) return undefined;
  if (outcome === 'none') return [];
  const these = predicates.holds(predicate, '');
  return outcome === 'pass'
    ? [passedSql(n, 'span_groups', these, passKey)]
    : [
        `SELECT ${n} AS rule, row AS id, trace, start_ns AS time_ns, ${VERDICT.violation} AS verdict, ${outcome} AS clause, [row] AS bound, 1 AS cases
FROM ${matched} WHERE ${these}`,
      ];
}

/** The predicate that alone tells the spans that the only binding of a rule takes. */
function onlyPredicate({ bindings }: RulePlan): number | undefined {
  const [stage, ...others] = bindings.length === 1 ? bindings[0]!.pattern.stages : [];
  if (stage?.kind !== 'spanset' || others.length > 0) return undefined;
  const { expression } = stage;
  return expression.kind === 'leaf' && expression.residual === undefined ? expression.predicate : undefined;
}

/** Undefined where the hits do not tell. */
function outcomeOf({ when, clauses }: RulePlan, hits: Signature): Outcome | undefined {
  const applies = when === undefined ? true : toldByHits(when, 'when', hits);
  if (applies !== true) return applies === false ? 'none' : undefined;
  for (const [n, { keyword, condition }] of clauses.entries()) {
    const holds = toldByHits(condition, keyword, hits);
    if (holds === undefined) return undefined;
    // The first clause that fails is the one that is told, whatever becomes of those after it.
    if (holds !== (keyword === 'always')) return n;
  }
  return 'pass';
}

function passedSql(n: number, groups: string, where: string, passKey: string): string {
  return `SELECT ${n} AS rule, NULL AS id, any_value(trace) AS trace, min(time_ns) AS time_ns, ${VERDICT.pass} AS verdict, NULL AS clause, NULL AS bound, sum(cases)::BIGINT AS cases
FROM ${groups} WHERE ${where} GROUP BY ${passKey}`;
}

/**
 * What the hits of traces decide about rules: how many cases a rule has, and often what becomes of them (see `signature.ts`). Traces and
 * spans are counted by their hits once, for all rules. The cases that passed are what is left of all cases, so that no statement
 * has to count them; and where hits decide a rule, its violations are looked up instead of judged.
 */

import type { Plan, RulePlan } from '../../plan/plan.js';
import { VERDICT } from '../../verdicts/verdict.js';
import { decidedByHits, type Signature } from '../compile/condition/signature.js';
import type { Relations } from '../compile/relations.js';
import type { Store } from '../store/store.js';
import { TRACE_HITS } from '../tables.js';
import { cast, groupByAll, int, intDivide, list } from '../text/operations.js';
import { EMPTY, join, type Sql, sql } from '../text/sql.js';

/** Few rules are judged faster than traces are grouped; of flows, the hits of traces tell nothing. */
export function triesHits({ rules }: Plan): boolean {
  return rules.length > 4 && rules.every(({ flow }) => flow === undefined);
}

/** With more signatures, or more groups of them by time, the traces are too different for this to pay. */
export const MAX_SIGNATURES = 256;
const MAX_GROUPS = 25_000;

/** What hits decide about a rule. */
export interface RuleByHits {
  /** All its cases, by the number of their bucket. */
  readonly cases: CasesByBucket;
  /** Where they tell what becomes of each case: those that are violations; the others passed. */
  readonly violations?: ViolationsByHits;
}

export interface ViolationsByHits {
  readonly cases: CasesByBucket;
  /** Times of the first and the last, in nanoseconds; absent where there is none. */
  readonly first?: bigint;
  readonly last?: bigint;
  /** SELECTs of their rows of `verdicts`, for a WHERE clause on `start_ns` to come after; none where there is none. */
  readonly rows: readonly Sql[];
}

type CasesByBucket = ReadonlyMap<bigint, number>;

/** The columns of hits of a trace or span, and what they say of each predicate. */
interface Marks {
  readonly words: readonly bigint[];
  readonly hits: Signature;
}

/** Traces, or spans, with the same hits in the same bucket. */
interface Group {
  /** Index of its hits in `Grouped.marks`. */
  readonly marks: number;
  readonly bucket: bigint;
  readonly cases: number;
  /** Times of the first and the last of them. */
  readonly first: bigint;
  readonly last: bigint;
}

interface Grouped {
  readonly groups: readonly Group[];
  /** Each combination of hits once. */
  readonly marks: readonly Marks[];
}

/** What becomes of a case: the index of the clause that it violates, or `pass`. */
export type Outcome = number | 'pass';

/** Rules by their index; those of which hits do not tell the cases are left out. Reads `trace_hits` and the matched spans. */
export async function rulesByHits(
  db: Store,
  plan: Plan,
  relations: Relations,
  bucketNs: bigint,
): Promise<ReadonlyMap<number, RuleByHits>> {
  const traces = await groupsOf(db, TRACE_HITS, relations, bucketNs);
  if (traces === undefined || traces.marks.length > MAX_SIGNATURES) return new Map();
  const binds = plan.rules.some((rule) => onlyPredicate(rule) !== undefined);
  const spans = binds ? await groupsOf(db, relations.matched, relations, bucketNs) : undefined;
  const decided = new Map<number, RuleByHits>();
  for (const [n, rule] of plan.rules.entries()) {
    const found =
      rule.bindings.length === 0
        ? ofTraces(rule, n, traces, relations)
        : spans && ofSpans(rule, n, spans, traces.marks, relations);
    if (found !== undefined) decided.set(n, found);
  }
  return decided;
}

/** Undefined where there are too many. */
async function groupsOf(
  db: Store,
  table: Sql,
  { predicates }: Relations,
  bucketNs: bigint,
): Promise<Grouped | undefined> {
  const columns = predicates.words();
  const rows = await db.rows(
    sql`SELECT ${join(columns, ', ')}, ${intDivide(sql`start_ns`, int(bucketNs))}, count(*), min(start_ns), max(start_ns) FROM ${table} ${groupByAll()} LIMIT ${MAX_GROUPS + 1}`,
  );
  if (rows.length > MAX_GROUPS) return undefined;
  const marks: Marks[] = [];
  const known = new Map<string, number>();
  const groups = (rows as (readonly bigint[])[]).map((row) => {
    const words = row.slice(0, columns.length);
    const [bucket, cases, first, last] = row.slice(columns.length) as [bigint, bigint, bigint, bigint];
    const key = words.join(' ');
    let mark = known.get(key);
    if (mark === undefined) {
      mark = marks.push({ words, hits: predicates.signature(words) }) - 1;
      known.set(key, mark);
    }
    return { marks: mark, bucket, cases: Number(cases), first, last };
  });
  return { groups, marks };
}

function casesByBucket(groups: readonly Group[]): CasesByBucket {
  const byBucket = new Map<bigint, number>();
  for (const { bucket, cases } of groups) byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + cases);
  return byBucket;
}

function violationsOf(groups: readonly Group[], rows: readonly Sql[]): ViolationsByHits {
  if (groups.length === 0) return { cases: new Map(), rows: [] };
  const [only] = groups as [Group];
  let { first, last } = only;
  for (const group of groups) {
    if (group.first < first) first = group.first;
    if (group.last > last) last = group.last;
  }
  return { cases: casesByBucket(groups), first, last, rows };
}

/** A case of a rule without bindings is a trace. */
function ofTraces(
  rule: RulePlan,
  ruleIndex: number,
  { groups, marks }: Grouped,
  { predicates }: Relations,
): RuleByHits | undefined {
  const applies = marks.map(({ hits }) => appliesTo(rule, hits));
  if (applies.includes(undefined)) return undefined;
  const outcomes = marks.map(({ hits }, m) => (applies[m] ? outcomeOf(rule, hits) : 'no case'));
  const cases = casesByBucket(groups.filter((group) => applies[group.marks]));
  if (outcomes.includes(undefined)) return { cases };
  const violates = (m: number): boolean => typeof outcomes[m] === 'number';
  const rows = [...new Set(outcomes)].flatMap((clause) => {
    if (typeof clause !== 'number') return [];
    const where = marks
      .filter((_, m) => outcomes[m] === clause)
      .map(({ words }) =>
        join(
          predicates.words().map((column, w) => sql`${column} = ${int(words[w]!)}`),
          ' AND ',
        ),
      );
    return [
      sql`SELECT ${ruleIndex} AS rule, trace AS id, trace, start_ns AS time_ns, ${VERDICT.violation} AS verdict, ${clause} AS clause, ${cast(list([]), 'int64[]')} AS bound, 1 AS cases
FROM ${TRACE_HITS} WHERE (${join(where, ' OR ')})`,
    ];
  });
  return {
    cases,
    violations: violationsOf(
      groups.filter((group) => violates(group.marks)),
      rows,
    ),
  };
}

/** A case of a rule that binds one span is that span; here, if the rule applies to all of them or to none. */
function ofSpans(
  rule: RulePlan,
  ruleIndex: number,
  spans: Grouped,
  traces: readonly Marks[],
  { predicates, matched }: Relations,
): RuleByHits | undefined {
  const predicate = onlyPredicate(rule);
  if (predicate === undefined) return undefined;
  const having = traces.filter(({ hits }) => hits(predicate));
  const applies = new Set(having.map(({ hits }) => appliesTo(rule, hits)));
  if (applies.has(undefined) || applies.size > 1) return undefined;
  if (!applies.has(true)) return { cases: new Map(), violations: violationsOf([], []) };
  const binds = spans.marks.map(({ hits }) => hits(predicate));
  const groups = spans.groups.filter((group) => binds[group.marks]);
  const cases = casesByBucket(groups);
  const [outcome, ...others] = new Set(having.map(({ hits }) => outcomeOf(rule, hits)));
  if (outcome === undefined || others.length > 0) return { cases };
  if (outcome === 'pass') return { cases, violations: violationsOf([], []) };
  const select = sql`SELECT ${ruleIndex} AS rule, row AS id, trace, start_ns AS time_ns, ${VERDICT.violation} AS verdict, ${outcome} AS clause, ${list([sql`row`])} AS bound, 1 AS cases
FROM ${matched} WHERE ${predicates.holds(predicate, EMPTY)}`;
  return { cases, violations: violationsOf(groups, [select]) };
}

/** The predicate that alone tells the spans that the only binding of a rule takes. */
function onlyPredicate({ bindings }: RulePlan): number | undefined {
  const [stage, ...others] = bindings.length === 1 ? bindings[0]!.pattern.stages : [];
  if (stage?.kind !== 'spanset' || others.length > 0) return undefined;
  const { expression } = stage;
  return expression.kind === 'leaf' && expression.residual === undefined ? expression.predicate : undefined;
}

/** Whether the rule applies to traces with these hits, apart from its bindings; undefined where the hits do not show it. */
export function appliesTo({ when }: RulePlan, hits: Signature): boolean | undefined {
  return when === undefined ? true : decidedByHits(when, 'when', hits);
}

/** What becomes of the cases of traces with these hits; undefined where the hits do not tell. */
export function outcomeOf({ clauses }: RulePlan, hits: Signature): Outcome | undefined {
  for (const [n, { keyword, condition }] of clauses.entries()) {
    const holds = decidedByHits(condition, keyword, hits);
    if (holds === undefined) return undefined;
    // The first clause that fails is the one that counts, whatever becomes of those after it.
    if (holds !== (keyword === 'always')) return n;
  }
  return 'pass';
}

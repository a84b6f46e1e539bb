/**
 * The rules that the hits of traces decide: every signature tells what becomes of its cases (see `signature.ts`). Traces and spans
 * are counted by their hits once, for all such rules; what passed is added up from that, and only what is violated is looked up.
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

/** With more signatures, or more groups of them by time, the traces are too different for this to pay. */
const MAX_SIGNATURES = 256;
const MAX_GROUPS = 25_000;

/** What became of a rule. */
export interface DecidedRule {
  /** Cases that passed, by the number of their bucket. */
  readonly passes: ReadonlyMap<bigint, number>;
  /** SELECTs the rows of `verdicts` of the cases that did not; absent where there is none. */
  readonly sql?: string;
}

/** The columns of hits of a trace or span. */
type Hits = readonly bigint[];

/** Traces, or spans, with the same hits in the same bucket. */
interface Group {
  readonly hits: Hits;
  readonly bucket: bigint;
  readonly cases: number;
}

/** What becomes of a case: the index of the clause that it violates, `pass`, or `none` where there is no case. */
type Outcome = number | 'pass' | 'none';

/** The rules that are decided, by index. Reads `trace_hits` and the table of matched spans. */
export async function decidedRules(
  db: Database,
  plan: Plan,
  relations: Relations,
  bucketNs: bigint,
): Promise<ReadonlyMap<number, DecidedRule>> {
  const traces = await groupsOf(db, 'trace_hits', relations, bucketNs);
  if (traces === undefined) return new Map();
  const signatures = [...new Map(traces.map(({ hits }) => [hits.join(' '), hits])).values()];
  if (signatures.length > MAX_SIGNATURES) return new Map();
  const decided = new Map<number, DecidedRule>();
  const passing = new Map<number, number>();
  for (const [n, rule] of plan.rules.entries()) {
    if (rule.bindings.length === 0) {
      const found = ofTraces(rule, n, traces, signatures, relations);
      if (found !== undefined) decided.set(n, found);
      continue;
    }
    const predicate = onlyPredicate(rule);
    if (predicate === undefined) continue;
    const outcome = outcomeOfSpans(rule, predicate, signatures, relations);
    if (outcome === 'pass') passing.set(n, predicate);
    else if (outcome !== undefined) decided.set(n, violatedBySpans(n, predicate, outcome, relations));
  }
  const spans = passing.size === 0 ? [] : await groupsOf(db, relations.matched, relations, bucketNs);
  if (spans !== undefined)
    for (const [n, predicate] of passing) {
      const taken = spans.filter(({ hits }) => relations.predicates.signature(hits)(predicate));
      decided.set(n, { passes: casesByBucket(taken) });
    }
  return decided;
}

/** Undefined where there are too many. */
async function groupsOf(
  db: Database,
  table: string,
  { predicates }: Relations,
  bucketNs: bigint,
): Promise<readonly Group[] | undefined> {
  const words = predicates.words();
  const rows = await db.rows(
    `SELECT ${words.join(', ')}, start_ns // ${intLiteral(bucketNs)}, count(*) FROM ${table} GROUP BY ALL LIMIT ${MAX_GROUPS + 1}`,
  );
  if (rows.length > MAX_GROUPS) return undefined;
  return (rows as Hits[]).map((row) => ({
    hits: row.slice(0, words.length),
    bucket: row[words.length]!,
    cases: Number(row[words.length + 1]),
  }));
}

function casesByBucket(groups: readonly Group[]): ReadonlyMap<bigint, number> {
  const byBucket = new Map<bigint, number>();
  for (const { bucket, cases } of groups) byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + cases);
  return byBucket;
}

/** A case of a rule without bindings is a trace. */
function ofTraces(
  rule: RulePlan,
  n: number,
  traces: readonly Group[],
  signatures: readonly Hits[],
  { predicates }: Relations,
): DecidedRule | undefined {
  const passing = new Set<string>();
  const violating = new Map<number, Hits[]>();
  for (const hits of signatures) {
    const outcome = outcomeOf(rule, predicates.signature(hits));
    if (outcome === undefined) return undefined;
    if (outcome === 'pass') passing.add(hits.join(' '));
    else if (outcome !== 'none') violating.set(outcome, [...(violating.get(outcome) ?? []), hits]);
  }
  const passes = casesByBucket(traces.filter(({ hits }) => passing.has(hits.join(' '))));
  if (violating.size === 0) return { passes };
  const selects = [...violating].map(([clause, which]) => {
    const where = which.map((hits) =>
      predicates
        .words()
        .map((word, w) => `${word} = ${intLiteral(hits[w]!)}`)
        .join(' AND '),
    );
    return `SELECT ${n} AS rule, trace AS id, trace, start_ns AS time_ns, ${VERDICT.violation} AS verdict, ${clause} AS clause, []::BIGINT[] AS bound, 1 AS cases
FROM trace_hits WHERE ${where.join(' OR ')}`;
  });
  return { passes, sql: selects.join('\nUNION ALL\n') };
}

/** A case of a rule that binds one span is that span; here, if they all end alike, whatever their trace. */
function outcomeOfSpans(
  rule: RulePlan,
  predicate: number,
  signatures: readonly Hits[],
  { predicates }: Relations,
): Outcome | undefined {
  const outcomes = new Set<Outcome | undefined>();
  for (const hits of signatures) {
    const signature = predicates.signature(hits);
    if (signature(predicate)) outcomes.add(outcomeOf(rule, signature));
  }
  const [outcome = 'none', ...others] = outcomes;
  return outcomes.has(undefined) || others.length > 0 ? undefined : outcome;
}

function violatedBySpans(
  n: number,
  predicate: number,
  outcome: number | 'none',
  { predicates, matched }: Relations,
): DecidedRule {
  if (outcome === 'none') return { passes: new Map() };
  const sql = `SELECT ${n} AS rule, row AS id, trace, start_ns AS time_ns, ${VERDICT.violation} AS verdict, ${outcome} AS clause, [row] AS bound, 1 AS cases
FROM ${matched} WHERE ${predicates.holds(predicate, '')}`;
  return { passes: new Map(), sql };
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

/**
 * Judges what the hits of traces tell before anything else of them is read. A trace in which every rule is decided by hits is counted; the
 * others, and those whose violations are listed, are chosen to be read whole and judged as ever. Together they are all traces.
 */

import { predicatesOf } from '../../plan/leaves.js';
import type { Plan, RulePlan } from '../../plan/plan.js';
import type { AttributeKey } from '../../plan/schema.js';
import { sameInCopies } from '../../plan/screen.js';
import type { RuleFacts } from '../../plan/vacuity/rule-needs.js';
import type { RuleEvaluation } from '../../verdicts/evaluation.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { traceHitsSql } from '../compile/condition/hits.js';
import { hasSpans, type Signature } from '../compile/condition/signature.js';
import type { Relations } from '../compile/relations.js';
import { type ScreenRelations, screenRelations } from '../compile/scan/screen.js';
import type { Store } from '../store/store.js';
import { CHOSEN, SPANS, TRACE_HITS } from '../tables.js';
import { antiJoin, int, tableAs } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';
import {
  appliesTo,
  MAX_SIGNATURES,
  type Outcome,
  outcomeOf,
  type RuleByHits,
  rulesByHits,
} from './by-hits.js';
import { bucketsByHits } from './evaluate.js';
import { factsOfStored, RUN } from './facts.js';

export interface ScreenOptions {
  readonly bucketNs: bigint;
  /** Violations listed for each rule. */
  readonly limit: number;
  /** A SELECT of traces that have to be read whole in any case. */
  readonly inAnyCase: Sql;
  /** Whether the relation of spans has an attribute. */
  readonly isRead: (attribute: AttributeKey) => boolean;
}

/** What is known of the traces that are not chosen. */
export interface Screened {
  /** In the order of the plan, without violations: those that may be listed are of traces that are chosen. */
  readonly rules: readonly RuleEvaluation[];
  /**
   * The facts of each rule, of all traces, if what filters match is there once copies of spans are left out. The chosen traces show whether it
   * is, as some of them are chosen for that.
   */
  readonly facts: readonly RuleFacts[];
  /** Of them, each as often as it is stored. */
  readonly spans: number;
  /** How many traces are chosen: those in `CHOSEN`. */
  readonly chosen: number;
}

const REPLACE = { replace: true } as const;

/** Makes `CHOSEN` (`trace`). Reads `spans` and `traces` as they are stored. Undefined where hits do not tell enough. */
export async function screenRules(
  db: Store,
  plan: Plan,
  columns: AttributeColumns,
  { bucketNs, limit, inAnyCase, isRead }: ScreenOptions,
): Promise<Screened | undefined> {
  const relations = screenRelations(plan, columns);
  const hits = traceHitsSql(plan, relations, true);
  if (hits !== undefined) await db.run(hits);
  const marks = await signatures(db, relations);
  if (marks === undefined) return undefined;
  const doubtful = plan.predicates.map((predicate) => !sameInCopies(predicate));
  const ofTraces = { ...relations, matched: TRACE_HITS };
  const facts = await factsOfStored(db, plan, ofTraces, doubtful, isRead);
  if (facts === undefined) return undefined;
  const openWith = (doubt: readonly boolean[]): readonly Marks[] =>
    marks.filter(({ hits }) => plan.rules.some((rule) => outcomeFor(rule, hits, doubt) === undefined));
  const open = openWith(plan.predicates.map(() => false));
  const inDoubt = openWith(doubtful).filter((mark) => !open.includes(mark));
  const undecided = [withHits(open), ...(inDoubt.length === 0 ? [] : [mixed(relations, withHits(inDoubt))])];
  const chosen = [...undecided, inAnyCase, ...facts.witnesses];
  await db.run(
    tableAs(CHOSEN, sql`SELECT trace FROM (${join(chosen, ' UNION ')}) WHERE trace IS NOT NULL`, REPLACE),
  );
  await leaveOutChosen(db);
  const listed = await byHits(db, plan, relations, bucketNs);
  if (listed === undefined) return undefined;
  for (const { violations } of listed.values()) {
    const rows = violations?.rows ?? [];
    if (rows.length === 0 || limit === 0) continue;
    const all = join(rows, ' UNION ALL ');
    const last = sql`SELECT max(time_ns) FROM (SELECT time_ns FROM (${all}) ORDER BY time_ns LIMIT ${limit})`;
    await db.run(sql`INSERT INTO ${CHOSEN} SELECT DISTINCT trace FROM (${all}) WHERE time_ns <= (${last})`);
  }
  await leaveOutChosen(db);
  const counted = await byHits(db, plan, relations, bucketNs);
  if (counted === undefined) return undefined;
  const [row] = await db.rows(
    sql`SELECT (SELECT count(DISTINCT trace) FROM ${CHOSEN}), (SELECT count(*) FROM ${SPANS} ${antiJoin(CHOSEN, { using: ['trace'] })})`,
  );
  return {
    rules: plan.rules.map((rule, n) => evaluationOf(rule, counted.get(n), facts.rules[n]!.certain, bucketNs)),
    facts: facts.rules.map(({ atMost }) => atMost),
    chosen: Number(row![0]),
    spans: Number(row![1]),
  };
}

interface Marks {
  readonly hits: Signature;
  /** On a row of `TRACE_HITS`: whether it has these. */
  readonly is: Sql;
}

async function signatures(db: Store, { predicates }: Relations): Promise<readonly Marks[] | undefined> {
  const words = predicates.words();
  const rows = await db.rows(
    sql`SELECT DISTINCT ${join(words, ', ')} FROM ${TRACE_HITS} LIMIT ${MAX_SIGNATURES + 1}`,
  );
  if (rows.length > MAX_SIGNATURES) return undefined;
  return (rows as (readonly bigint[])[]).map((row) => ({
    hits: predicates.signature(row),
    is: sql`(${join(
      words.map((word, n) => sql`${word} = ${int(row[n]!)}`),
      ' AND ',
    )})`,
  }));
}

function withHits(marks: readonly Marks[]): Sql {
  return sql`SELECT trace FROM ${TRACE_HITS} WHERE ${join([sql`false`, ...marks.map(({ is }) => is)], ' OR ')}`;
}

/**
 * Those of the traces in which it makes a difference for filters which of several copies stays. Copies have one name and one kind
 * (`otlp/copies.ts`): where filters match all spans of a name and a kind of a trace alike, it makes none.
 */
function mixed({ predicates, marked }: ScreenRelations, traces: Sql): Sql {
  const differ = predicates.words().map((word) => sql`min(${word}) <> max(${word})`);
  return sql`SELECT trace FROM ${marked} WHERE trace IN (${traces})
GROUP BY trace, name, kind HAVING ${join(differ, ' OR ')}`;
}

async function leaveOutChosen(db: Store): Promise<void> {
  const left = sql`SELECT * FROM ${TRACE_HITS} ${antiJoin(CHOSEN, { using: ['trace'] })}`;
  await db.run(tableAs(TRACE_HITS, left, REPLACE));
}

/** By the index of rules without bindings; those with bindings have no case in a trace that is decided. Undefined where hits do not tell. */
async function byHits(
  db: Store,
  plan: Plan,
  relations: Relations,
  bucketNs: bigint,
): Promise<ReadonlyMap<number, RuleByHits> | undefined> {
  const unbound = [...plan.rules.entries()].filter(([, { bindings }]) => bindings.length === 0);
  const rules = unbound.map(([, rule]) => rule);
  const decided = await rulesByHits(db, { ...plan, rules }, relations, bucketNs);
  const all = unbound.map(([n], index) => [n, decided.get(index)] as const);
  if (all.some(([, rule]) => rule?.violations === undefined)) return undefined;
  return new Map(all.map(([n, rule]) => [n, rule!]));
}

function evaluationOf(
  rule: RulePlan,
  byHits: RuleByHits | undefined,
  facts: RuleFacts,
  bucketNs: bigint,
): RuleEvaluation {
  const { first, last } = byHits?.violations ?? {};
  return {
    rule,
    buckets: byHits === undefined ? [] : bucketsByHits(byHits, bucketNs),
    undecided: 0,
    ...(first === undefined || last === undefined ? {} : { first, last }),
    violations: [],
    undecidedCases: [],
    missing: new Map(),
    facts: new Map([[RUN, facts]]),
    ms: 0,
  };
}

/** With more filters in doubt, a trace is read. */
const MOST_IN_DOUBT = 4;

/** What becomes of a trace with these hits, whichever of those in doubt are not there; undefined where that makes a difference or hits do not tell. */
function outcomeFor(
  rule: RulePlan,
  hits: Signature,
  doubtful: readonly boolean[],
): Outcome | 'no case' | undefined {
  const inDoubt = [...predicatesOf(rule)].filter((n) => doubtful[n] === true && hits(n));
  if (inDoubt.length > MOST_IN_DOUBT) return undefined;
  // Each of them is there or not: two to the power of their number.
  const outcomes = Array.from({ length: 2 ** inDoubt.length }, (_, choice) => {
    const missing = new Set(inDoubt.filter((_, place) => ((choice >> place) & 1) === 1));
    return outcomeOfHits(rule, (n) => hits(n) && !missing.has(n));
  });
  return new Set(outcomes).size === 1 ? outcomes[0] : undefined;
}

function outcomeOfHits(rule: RulePlan, hits: Signature): Outcome | 'no case' | undefined {
  const applies = appliesTo(rule, hits);
  if (applies === false || rule.bindings.some(({ pattern }) => hasSpans(pattern, hits) === false))
    return 'no case';
  // What becomes of a bound span is not a matter of its trace alone.
  if (applies === undefined || rule.bindings.length > 0) return undefined;
  return outcomeOf(rule, hits);
}

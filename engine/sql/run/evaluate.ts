import type { Plan, RulePlan } from '../../plan/plan.js';
import type { RuleFacts } from '../../plan/vacuity/rule-needs.js';
import type { BucketCounts, Evaluation, FactsBy, FactsByKey, RuleCounts } from '../../verdicts/evaluation.js';
import { VERDICT } from '../../verdicts/verdict.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { traceHitsSql } from '../compile/condition/hits.js';
import { insertSql } from '../compile/ctes.js';
import type { Relations } from '../compile/relations.js';
import { isInParts } from '../compile/rule/requirements.js';
import { isOneOf, partsSql, verdictsSql, verdictsTable } from '../compile/rule/verdicts.js';
import { dropTables } from '../store/drop-tables.js';
import { type GuardOptions, type NumberedRule, numberedRules, RuleGuard } from '../store/rule-guard.js';
import type { Session, Store } from '../store/store.js';
import { MATCHED_LISTED, TRACE_HITS, VERDICTS } from '../tables.js';
import { cast, filtered, int, intDivide } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';
import { type RuleByHits, rulesByHits, triesHits, type ViolationsByHits } from './by-hits.js';
import { type Carried, gatherFacts } from './facts.js';
import { runScan } from './guarded-scan.js';
import type { Judged } from './judged.js';
import { listUndecided } from './undecided.js';
import { type Listed, listViolations, missingNames } from './violations.js';

export interface EvaluateOptions extends GuardOptions {
  /** Width of the time buckets of the counts, in nanoseconds. */
  readonly bucketNs: bigint;
  /** Violations listed for each rule; the counts are always complete. */
  readonly limit: number;
  /** Which are listed: the earliest `limit`, which is the default, or those of the `limit` newest violating traces. */
  readonly listed?: Listed;
  /** The last time, in nanoseconds, that one of the earliest violations of a rule may have to be listed; undefined for any. */
  readonly listUntil?: (rule: RulePlan) => bigint | undefined;
  /** A SELECT of spans, those of these traces among them, where it reads less than the relation `spans`. */
  readonly spansNear?: (traces: readonly bigint[]) => Sql;
  /** What passed cases are counted by in that table; by `case`, each has a row. Default: buckets of time. */
  readonly passesBy?: 'bucket' | 'trace' | 'case';
  /** What facts are kept apart by; default: they are of the whole run. */
  readonly factsBy?: FactsBy;
  /** What other parts of the run have shown of what a rule needs: it is not asked again. */
  readonly knownFacts?: (rule: RulePlan) => RuleFacts;
  /** What spans carry, where the relations no longer have them all. */
  readonly carried?: Carried;
  /** Called for each rule with its part of the table `verdicts` (see `verdicts.ts`), to ask it more. */
  readonly onVerdicts?: (
    session: Session,
    verdicts: Sql,
    rule: RulePlan,
    relations: Relations,
  ) => Promise<void>;
}

/**
 * One pass over the relations for all rules of the plan. What fails for one rule is named and costs the others nothing; rejects
 * after an abort, where memory is not enough and fewer traces may do, and where the database itself does not work.
 */
export async function evaluateRules(
  db: Store,
  plan: Plan,
  columns: AttributeColumns,
  options: EvaluateOptions,
): Promise<Evaluation> {
  return await evaluationOf(await judgeRules(db, plan, columns, options), options);
}

/** The same where the pass over the spans is done, and what it found is in `relations`. */
export async function evaluateMatched(
  db: Store,
  plan: Plan,
  relations: Relations,
  options: EvaluateOptions,
): Promise<Evaluation> {
  return await evaluationOf(
    await judgeMatched(db, plan, relations, new RuleGuard(options), options),
    options,
  );
}

async function evaluationOf(judged: JudgedRules, options: EvaluateOptions): Promise<Evaluation> {
  const { plan, counts, facts, guard } = judged;
  const untils = counts.map(({ buckets }, n) => untilOf(plan.rules[n]!, buckets, options));
  const violating = indices(counts, ({ first }, n) => first !== undefined && first < untils[n]!);
  const listed = await listViolations(judged, violating, untils, options);
  const unknown = indices(counts, (ruleCounts) =>
    ruleCounts.buckets.some(({ cannotTell }) => cannotTell > 0),
  );
  const undecided = await listUndecided(judged, options.limit);
  const byTrace = options.factsBy === 'trace';
  const missing = await missingNames(judged, unknown, byTrace);
  return {
    rules: plan.rules.map((rule, n) => ({
      rule,
      ...counts[n]!,
      violations: listed.get(n) ?? [],
      undecidedCases: undecided.get(n) ?? [],
      missing: missing.get(n)?.all ?? new Map(),
      ...(byTrace ? { missingByTrace: missing.get(n)?.byTrace ?? new Map() } : {}),
      facts: facts[n] ?? new Map(),
      ms: guard.msOf(rule),
    })),
    failed: guard.failed,
  };
}

/** Rules that have been judged: their cases are counted, and `verdicts` has rows of the violations that may be listed. */
export interface JudgedRules extends Judged {
  /** By the index of the rule in the plan; of a rule that the guard does not call sound, what is known may be too little. */
  readonly counts: readonly RuleCounts[];
  /** The same for what clauses need. */
  readonly facts: readonly (FactsByKey | undefined)[];
}

/** The first part of `evaluateRules`: everything but what single violations say. It rejects for the same reasons. */
export async function judgeRules(
  db: Store,
  plan: Plan,
  columns: AttributeColumns,
  options: EvaluateOptions,
): Promise<JudgedRules> {
  const guard = new RuleGuard(options);
  await dropTables(db, [TRACE_HITS, MATCHED_LISTED, VERDICTS]);
  const relations = await runScan(db, plan, columns, guard, options.signal);
  return await judgeMatched(db, plan, relations, guard, options);
}

/** The same where the pass over the spans is done, and what it found is in `relations`. */
export async function judgeMatched(
  db: Store,
  plan: Plan,
  relations: Relations,
  guard: RuleGuard,
  options: EvaluateOptions,
): Promise<JudgedRules> {
  const { passesBy = 'bucket' } = options;
  const byHits = passesBy === 'bucket' && triesHits(plan);
  const traceHits = traceHitsSql(plan, relations, byHits);
  if (traceHits !== undefined) await db.run(traceHits);
  await db.run(verdictsTable(relations));
  const passKey = {
    bucket: bucketOf(options.bucketNs),
    trace: sql`trace`,
    case: 'each' as const,
  }[passesBy];
  const byHitsOf: DecidedByHits = byHits
    ? await rulesByHits(db, plan, relations, options.bucketNs)
    : new Map<number, never>();
  const judged = numberedRules(plan).flatMap(({ rule, ruleIndex }): readonly JudgedSql[] => {
    const decided = byHitsOf.get(ruleIndex);
    if (decided?.violations === undefined) {
      const select = verdictsSql(ruleIndex, plan, relations, decided === undefined ? passKey : undefined);
      return [{ rule, ruleIndex, select, inParts: isInParts(rule) }];
    }
    const rows = rowsByHits(rule, decided, decided.violations, options);
    return rows.length === 0
      ? []
      : [{ rule, ruleIndex, select: join(rows, '\nUNION ALL\n'), inParts: false }];
  });
  const whole = judged.filter(({ inParts }) => !inParts);
  await guard.together(db, whole, async (session, some) => {
    await session.run(
      insertSql(
        VERDICTS,
        some.map(({ select }) => select),
      ),
    );
  });
  const large = judged.filter(({ inParts }) => inParts);
  await guard.each(db, large, async (session, { ruleIndex, select }) => {
    for (const part of partsSql(plan, ruleIndex, relations)) await session.run(part);
    await session.run(insertSql(VERDICTS, [select]));
  });
  const { onVerdicts } = options;
  if (onVerdicts !== undefined)
    await guard.each(db, numberedRules(plan), async (session, { rule, ruleIndex }) => {
      await onVerdicts(session, sql`(SELECT * FROM ${VERDICTS} WHERE rule = ${ruleIndex})`, rule, relations);
    });
  const facts = await gatherFacts(db, plan, relations, guard, {
    by: options.factsBy ?? 'run',
    ...(options.knownFacts === undefined ? {} : { known: options.knownFacts }),
    ...(options.carried === undefined ? {} : { carried: options.carried }),
  });
  const counts = await countVerdicts({ db, plan, guard, byHitsOf: byHitsOf }, options.bucketNs);
  return { db, plan, relations, guard, counts, facts };
}

/** How a rule is judged. */
interface JudgedSql extends NumberedRule {
  /** The rows of its verdicts. */
  readonly select: Sql;
  /** Whether some of its requirements have to be judged before. */
  readonly inParts: boolean;
}

function indices<T>(items: readonly T[], test: (item: T, index: number) => boolean): readonly number[] {
  return items.flatMap((item, n) => (test(item, n) ? [n] : []));
}

/** SELECTs of violations that are counted already: a row is needed only for those that may be listed. */
function rowsByHits(
  rule: RulePlan,
  ruleByHits: RuleByHits,
  { rows, first }: ViolationsByHits,
  options: EvaluateOptions,
): readonly Sql[] {
  if (options.listed === 'newest traces' || options.onVerdicts !== undefined) return rows;
  const until = untilOf(rule, bucketsByHits(ruleByHits, options.bucketNs), options);
  if (first === undefined || first >= until) return [];
  return rows.map((select) => sql`${select} AND start_ns < ${int(until)}`);
}

/** A time before which the violations that are listed took place, as far as the counts and the caller tell. */
function untilOf(
  rule: RulePlan,
  buckets: readonly BucketCounts[],
  { limit, bucketNs, listUntil }: Pick<EvaluateOptions, 'limit' | 'bucketNs' | 'listUntil'>,
): bigint {
  const last = listUntil?.(rule) ?? NEVER - 2n;
  let seen = 0;
  for (const { start, violated } of buckets) {
    seen += violated;
    if (seen < limit) continue;
    const end = start + bucketNs;
    return end <= last ? end : last + 1n;
  }
  return last + 1n;
}

type DecidedByHits = ReadonlyMap<number, RuleByHits>;

/** Where rows of `verdicts` come from, and what counts the cases that have none. */
interface Counted {
  readonly db: Store;
  readonly plan: Plan;
  readonly guard: RuleGuard;
  readonly byHitsOf: DecidedByHits;
}

/** The counts of each rule: of the rows of `verdicts`, and of the passed cases that hits tell. */
async function countVerdicts(
  { db, plan, guard, byHitsOf }: Counted,
  bucketNs: bigint,
): Promise<readonly RuleCounts[]> {
  const count = (verdict: number): Sql =>
    cast(sql`coalesce(${filtered(sql`sum(cases)`, sql`verdict = ${verdict}`)}, 0)`, 'int64');
  const counts = plan.rules.map((rule, n) => {
    // Where a rule could not be judged, cases without a row have not passed.
    const decided = guard.isSound(rule) ? byHitsOf.get(n) : undefined;
    const buckets = decided === undefined ? [] : bucketsByHits(decided, bucketNs);
    return {
      byHits: decided?.violations !== undefined,
      buckets: new Map(buckets.map((bucket) => [bucket.start / bucketNs, bucket])),
      undecided: 0,
      first: decided?.violations?.first ?? NEVER,
      last: decided?.violations?.last ?? -1n,
    };
  });
  const byRows = indices(counts, ({ byHits }) => !byHits);
  const violates = sql`verdict = ${VERDICT.violation}`;
  const rows = await db.rows(sql`SELECT rule, ${bucketOf(bucketNs)} AS bucket,
      ${count(VERDICT.pass)}, ${count(VERDICT.violation)}, ${count(VERDICT.cannotTell)}, ${count(VERDICT.undecided)},
      ${filtered(sql`min(time_ns)`, violates)}, ${filtered(sql`max(time_ns)`, violates)}
    FROM ${VERDICTS} WHERE ${isOneOf(byRows)} GROUP BY rule, bucket`);
  for (const [rule, bucket, passed, violated, cannotTell, undecided, first, last] of rows as CountRow[]) {
    const ruleCounts = counts[rule]!;
    ruleCounts.undecided += Number(undecided);
    if (passed + violated + cannotTell === 0n) continue;
    const cases = ruleCounts.buckets.get(bucket)?.passed; // all of them
    const others = Number(violated) + Number(cannotTell);
    ruleCounts.buckets.set(bucket, {
      start: bucket * bucketNs,
      passed: cases === undefined ? Number(passed) : cases - others,
      violated: Number(violated),
      cannotTell: Number(cannotTell),
    });
    if (first !== null && first < ruleCounts.first) ruleCounts.first = first;
    if (last !== null && last > ruleCounts.last) ruleCounts.last = last;
  }
  return counts.map(({ buckets, undecided, first, last }) => ({
    undecided,
    buckets: [...buckets.values()].sort((a, b) => (a.start < b.start ? -1 : 1)),
    ...(last < 0n ? {} : { first, last }),
  }));
}

/** The number of the bucket that a case is in. */
function bucketOf(bucketNs: bigint): Sql {
  return intDivide(sql`time_ns`, int(bucketNs));
}

/** What hits say about each bucket; where they do not decide violations, all cases count as passed. */
export function bucketsByHits({ cases, violations }: RuleByHits, bucketNs: bigint): readonly BucketCounts[] {
  return [...cases]
    .map(([bucket, all]) => {
      const violated = violations?.cases.get(bucket) ?? 0;
      return { start: bucket * bucketNs, passed: all - violated, violated, cannotTell: 0 };
    })
    .sort((a, b) => (a.start < b.start ? -1 : 1));
}

type CountRow = [number, bigint, bigint, bigint, bigint, bigint, bigint | null, bigint | null];
const NEVER = 1n << 63n;

import type { Plan, RulePlan } from '../../plan/plan.js';
import type { BucketCounts, FactsByKey, MissingNames } from '../../verdicts/evaluation.js';
import type { FailedRule } from '../../verdicts/rule-problem.js';
import type { ViolationPage } from '../../verdicts/violation-page.js';
import type { TraceSnapshot } from './snapshot.js';

/** Judges traces in one go. A port, so that a simulation can judge without a database, and have rules fail. */
export interface Evaluator {
  /**
   * Every rule of the plan over the traces, whose ids must differ. A rule that fails is named and costs the others nothing.
   * Rejects where the traces do not fit in memory together, and where the database itself does not work.
   */
  evaluate(plan: Plan, traces: readonly TraceSnapshot[]): Promise<Judgement>;
  close(): void;
}

/** How the cases of one rule fared in a batch of traces: all of them. */
export interface RuleJudgement {
  readonly rule: RulePlan;
  readonly passed: number;
  readonly cannotTell: number;
  /** The counts by UTC day of the case. */
  readonly days: readonly BucketCounts[];
  /** The same by `RATE_BUCKET_NS`. */
  readonly buckets: readonly BucketCounts[];
  /** What the traces have of what the clauses need, by the number of the UTC day that they start on. */
  readonly facts: FactsByKey;
  readonly ms: number;
}

export interface Judgement {
  readonly rules: readonly RuleJudgement[];
  /** Rules that could not be judged over these traces; fewer of them may do. */
  readonly failed: readonly FailedRule[];
  /** Every violation, in parts. To be read before anything else is judged. Rejects where the database does not work. */
  readonly violations: () => AsyncIterable<ViolationPage>;
  /** Why these of its rules could not tell. To be asked before anything else is judged. */
  readonly doubts: (rules: readonly RulePlan[]) => Promise<ReadonlyMap<RulePlan, Doubts>>;
}

/** What was missing where a rule could not tell. */
export interface Doubts {
  /** How many cases were looked at: all, unless they are very many. */
  readonly looked: number;
  /** As in `RuleEvaluation`. */
  readonly missing: MissingNames;
  /** One of the traces; undefined where nothing is known to be missing. */
  readonly traceId: string | undefined;
}

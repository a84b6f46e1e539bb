import type { Plan, RulePlan } from '../../plan/plan.js';
import type { BucketCounts } from '../../sql/duckdb/evaluate.js';
import type { FailedRule } from '../../sql/duckdb/rule-guard.js';
import type { FoundViolation } from '../../sql/duckdb/violations.js';
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

/** What one rule found in a batch of traces. */
export interface RuleJudgement {
  readonly rule: RulePlan;
  readonly passed: number;
  readonly violated: number;
  readonly cannotTell: number;
  /** The counts by UTC day of the case. */
  readonly days: readonly BucketCounts[];
  readonly violations: readonly FoundViolation[];
  /** Whether `violations` are all; if not, what is not among them may be one nevertheless. */
  readonly complete: boolean;
  readonly ms: number;
}

export interface Judgement {
  readonly rules: readonly RuleJudgement[];
  readonly failed: readonly FailedRule[];
}

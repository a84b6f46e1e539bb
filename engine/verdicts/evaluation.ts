/** What judging rules over traces gives: all cases counted, and some of the violations. */
import type { RulePlan } from '../plan/plan.js';
import type { RuleFacts } from '../plan/vacuity/rule-needs.js';
import type { FailedRule } from './rule-problem.js';
import type { UndecidedCase } from './undecided-case.js';
import type { FoundViolation } from './violation.js';

/** What the rules found in the traces that were judged. */
export interface Evaluation {
  /** Every rule of the plan, in its order; of one that failed, what is known may be too little. */
  readonly rules: readonly RuleEvaluation[];
  readonly failed: readonly FailedRule[];
}

/** The cases of one rule, counted: always all of them. */
export interface RuleCounts {
  /** By the time of the case, in buckets of `bucketNs`; ascending, empty ones left out. */
  readonly buckets: readonly BucketCounts[];
  /** Cases of flows that see beyond what is there, and that it has not decided; they are in no bucket. */
  readonly undecided: number;
  /** Times of the first and the last violation, in nanoseconds. */
  readonly first?: bigint;
  readonly last?: bigint;
}

export interface RuleEvaluation extends RuleCounts {
  readonly rule: RulePlan;
  /** The earliest violations, at most `limit`, by (time, trace id). */
  readonly violations: readonly FoundViolation[];
  /** The earliest of the undecided cases, at most `limit`. */
  readonly undecidedCases: readonly UndecidedCase[];
  /** What was missing where a clause could not be determined, with the number of cases: attributes, and aggregates of nothing. */
  readonly missing: MissingNames;
  /** The same by trace, where facts are kept apart by it. */
  readonly missingByTrace?: ReadonlyMap<bigint, MissingNames>;
  /** What its clauses need and the spans have, by what `factsBy` keeps apart. */
  readonly facts: FactsByKey;
  /** Milliseconds that judging it took. */
  readonly ms: number;
}

export interface BucketCounts {
  /** Start of the bucket, a multiple of `bucketNs`. */
  readonly start: bigint;
  readonly passed: number;
  readonly violated: number;
  readonly cannotTell: number;
}

/** What was missing where clauses could not tell, with the number of cases. */
export type MissingNames = ReadonlyMap<string, number>;

/** What facts are kept apart by: not at all, by the UTC day (its number) that traces start on, or by the key of the trace. */
export type FactsBy = 'run' | 'day' | 'trace';

/** The facts of one rule, by what they are kept apart by; `run` has the key 0. Where there are none nothing was found. */
export type FactsByKey = ReadonlyMap<bigint, RuleFacts>;

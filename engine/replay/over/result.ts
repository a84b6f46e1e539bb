import type { OverRulePlan } from '../../plan/over-plan.js';
import type { ClauseFacts, RuleFacts } from '../../plan/vacuity/rule-needs.js';
import type { QueryCode } from '../../query/query-codes.js';
import type { NamedValue } from '../../query/search-result.js';
import type { BucketCounts } from '../../verdicts/evaluation.js';
import type { RuleProblem } from '../../verdicts/rule-problem.js';

/** What a replay found for a rule over many traces. Its cases are the windows of each series. */
export interface OverRuleResult {
  readonly rule: OverRulePlan;
  /** The windows that were judged. */
  readonly windows: {
    readonly count: number;
    /** Nanoseconds since the Unix epoch: start of the first, end of the last; absent where there is none. */
    readonly fromNs?: bigint;
    readonly toNs?: bigint;
  };
  /** The windows that the run looked at, wholly or in part, and did not judge; by reason, then ascending. */
  readonly unjudged: readonly UnjudgedWindows[];
  /** Different series that had a value. */
  readonly series: number;
  /** `applicable` is the sum of the other three. */
  readonly applicable: number;
  readonly passed: number;
  /** Cases that would have passed, had any clause of the rule been able to fail. */
  readonly vacuous: number;
  readonly violated: number;
  /** What the run has shown of what the clauses need. */
  readonly facts: RuleFacts;
  /** In the order of `OverRulePlan.clauses`: whether they could have failed; none for a rule that was not judged. */
  readonly clauses: readonly ClauseFacts[];
  /** Starts of the first and the last window that violates it. */
  readonly first?: bigint;
  readonly last?: bigint;
  /** By the starts of windows. */
  readonly buckets: readonly BucketCounts[];
  /** The earliest, at most the run's limit; `violated` counts all. */
  readonly violations: readonly OverViolation[];
  /** Why it was not judged. */
  readonly problem?: OverProblem;
}

export interface OverProblem extends RuleProblem {
  readonly code: QueryCode;
}

/** Windows that start one step after the other, and why none of them was judged. */
export interface UnjudgedWindows {
  /** `range`: the range of the run holds only a part of them; `series`: each has more series than a window may have. */
  readonly reason: 'range' | 'series';
  readonly count: number;
  /** Nanoseconds since the Unix epoch: start of the first, end of the last. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** How many windows could not be judged for the number of their series: what the counts lack. */
export function crowdedWindows({ unjudged }: Pick<OverRuleResult, 'unjudged'>): number {
  return unjudged.reduce((sum, { reason, count }) => (reason === 'series' ? sum + count : sum), 0);
}

export interface OverViolation {
  /** 32 hex digits; the same whenever the same violation is found. */
  readonly id: string;
  /** The window holds its start and not its end. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Labels of the series; empty where the rule has but one. */
  readonly labels: readonly NamedValue[];
  /** Index in `OverRulePlan.clauses`. */
  readonly clause: number;
  /** What the clause compared. */
  readonly value: number;
  /** Some of the traces that the value came from: 32 lower-case hex digits each. */
  readonly traces: readonly string[];
}

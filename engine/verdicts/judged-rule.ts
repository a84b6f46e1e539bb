/**
 * What came of a rule, of whatever kind: all of its cases counted, and some of its violations. Consumers take a `JudgedRule`, and where
 * kinds differ they switch over `kind`, one function for one concern.
 */

import type { RuleKind } from '../language/words/rule-kinds.js';
import type { RulePlan } from '../plan/plan.js';
import type { ClauseFacts, RuleFacts } from '../plan/vacuity/rule-needs.js';
import type { WindowRulePlan } from '../plan/window-plan.js';
import type { RuleDifferences } from './differences.js';
import type { BucketCounts, MissingNames } from './evaluation.js';
import type { RuleProblem } from './rule-problem.js';
import type { UndecidedCase } from './undecided-case.js';
import type { TraceViolation } from './violation.js';
import type { UnjudgedWindows, WindowViolation } from './window-violation.js';

export type JudgedRule = JudgedTraceRule | JudgedFlowRule | JudgedWindowRule;
/** Those whose cases are found in traces, alone or across them. */
export type JudgedCaseRule = JudgedTraceRule | JudgedFlowRule;

/** What is known of every rule. Times are nanoseconds since the Unix epoch. */
interface Judged {
  readonly kind: RuleKind;
  /** `applicable` is the sum of the other four, and of the undecided cases of a rule across traces. */
  readonly applicable: number;
  readonly passed: number;
  /** Cases that would have passed, had any clause of the rule been able to fail. */
  readonly vacuous: number;
  readonly violated: number;
  readonly cannotTell: number;
  /** What was missing in cases that cannot be determined, with their number. */
  readonly missing: MissingNames;
  /** In the order of the clauses in the plan: whether they could have failed; none for a rule that was not judged. */
  readonly clauses: readonly ClauseFacts[];
  /** What the run has shown of what the clauses need. */
  readonly facts: RuleFacts;
  /** Of the first and the last violation. */
  readonly first?: bigint;
  readonly last?: bigint;
  /** By the times of cases; ascending, empty ones left out. */
  readonly buckets: readonly BucketCounts[];
  /** What is different about the cases that violate it; absent where nobody asked, or there was nothing to compare. */
  readonly differences?: RuleDifferences;
  /** Why it was not judged to the end; the rest is of what was judged before. */
  readonly problem?: RuleProblem;
}

/** A case is a trace, or a trace with its bound spans. */
export interface JudgedTraceRule extends Judged {
  readonly kind: 'trace';
  readonly rule: RulePlan;
  /** The earliest, at most the run's limit; `violated` counts all. */
  readonly violations: readonly TraceViolation[];
}

/** A case is a flow with its bound spans, or a piece of a flow. */
export interface JudgedFlowRule extends Judged {
  readonly kind: 'flow';
  /** With a flow. */
  readonly rule: RulePlan;
  /** Cases that see beyond the end of the range, and that what is there has not decided; they are in no bucket. */
  readonly undecided: number;
  /** The earliest of them, at most the run's limit. */
  readonly undecidedCases: readonly UndecidedCase[];
  /** The earliest, at most the run's limit; `violated` counts all. Each with its `key`. */
  readonly violations: readonly TraceViolation[];
}

/** A case is a window of one series; its time is the start of the window. */
export interface JudgedWindowRule extends Judged {
  readonly kind: 'window';
  readonly rule: WindowRulePlan;
  /** The windows that were judged. */
  readonly windows: {
    readonly count: number;
    /** Start of the first, end of the last; absent where there is none. */
    readonly fromNs?: bigint;
    readonly toNs?: bigint;
  };
  /** The windows that the run looked at, wholly or in part, and did not judge; by reason, then ascending. */
  readonly unjudged: readonly UnjudgedWindows[];
  /** Different series that had a value. */
  readonly series: number;
  /** The earliest, at most the run's limit; `violated` counts all. */
  readonly violations: readonly WindowViolation[];
}

/** Whether the counts lack something. */
export function isIncomplete(rule: JudgedRule): boolean {
  return rule.problem !== undefined || crowdedWindows(rule) > 0;
}

/** How many cases what is there has not decided yet: given wherever counts are, as they are neither passed nor violated. */
export function undecidedCases(rule: JudgedRule): number {
  switch (rule.kind) {
    case 'flow':
      return rule.undecided;
    case 'trace':
    case 'window':
      return 0;
  }
}

/** How many windows could not be judged for the number of their series: what the counts lack. */
export function crowdedWindows(rule: JudgedRule): number {
  switch (rule.kind) {
    case 'trace':
    case 'flow':
      return 0;
    case 'window':
      return rule.unjudged.reduce((sum, { reason, count }) => (reason === 'series' ? sum + count : sum), 0);
  }
}

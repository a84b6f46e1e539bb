import type { BlockProblem } from '../blocks/problem.js';
import type { RulePlan } from '../plan/plan.js';
import type { ClauseFacts } from '../plan/vacuity/rule-needs.js';
import type { BucketCounts } from '../verdicts/evaluation.js';
import type { RuleProblem } from '../verdicts/rule-problem.js';
import type { FoundViolation } from '../verdicts/violation.js';
import { crowdedWindows, type OverRuleResult } from './over/result.js';

/** What a replay found. Times are nanoseconds since the Unix epoch. */
export interface ReplayResult {
  readonly tenant: string;
  /** The window asked for; an end that was left open is that of the traces found, if any. */
  readonly range: { readonly fromNs?: bigint; readonly toNs?: bigint };
  readonly blocks: {
    readonly read: number;
    readonly unread: readonly BlockProblem[];
    /** What is odd about the stored blocks and loses nothing. */
    readonly warnings: readonly BlockProblem[];
  };
  readonly traces: number;
  /** Of those traces, each once however often it is stored. */
  readonly spans: number;
  /** Those of them that share their id with another span of their trace. */
  readonly spansSharingId: number;
  /** Width of the buckets in `RuleResult.buckets`. */
  readonly bucketNs: bigint;
  readonly rules: readonly RuleResult[];
  readonly overRules: readonly OverRuleResult[];
}

export interface RuleResult {
  readonly rule: RulePlan;
  /** Cases: traces, or traces with their bound spans. `applicable` is the sum of the other four. */
  readonly applicable: number;
  readonly passed: number;
  /** Cases that would have passed, had any clause of the rule been able to fail. */
  readonly vacuous: number;
  readonly violated: number;
  readonly cannotTell: number;
  /** In the order of `RulePlan.clauses`: whether they could have failed. */
  readonly clauses: readonly ClauseFacts[];
  readonly first?: bigint;
  readonly last?: bigint;
  readonly buckets: readonly BucketCounts[];
  /** The earliest, at most the run's limit; `violated` counts all. */
  readonly violations: readonly Violation[];
  readonly missing: ReadonlyMap<string, number>;
  /** Why it was not judged on all traces; the rest is of those before. */
  readonly problem?: RuleProblem;
}

/** Whether something was left out of the result. */
export function isPartial({ blocks, rules, overRules }: ReplayResult): boolean {
  return (
    blocks.unread.length > 0 ||
    [...rules, ...overRules].some(({ problem }) => problem !== undefined) ||
    overRules.some((rule) => crowdedWindows(rule) > 0)
  );
}

export interface Violation extends FoundViolation {
  /** 32 hex digits; the same whenever and however the same violation is found. */
  readonly id: string;
}

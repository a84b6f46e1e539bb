import type { RulePlan } from '../plan/plan.js';
import type { RunCode } from './run-codes.js';

/** What keeps one rule from being judged, and no other. The catalogue of codes explains it. */
export interface RuleProblem {
  readonly code: RunCode;
  /** What failed, without a full stop. */
  readonly message: string;
}

/** Met while the database ran it. */
export interface RunProblem extends RuleProblem {
  readonly code: typeof RULE_FAILED | typeof RULE_TOO_SLOW | typeof RULE_TOO_LARGE | typeof RULE_UNCOVERED;
}

export const RULE_FAILED = 'BT3005';
export const RULE_TOO_SLOW = 'BT3006';
export const RULE_TOO_LARGE = 'BT3007';
export const RULE_UNCOVERED = 'BT3016';

/** A rule that gave no verdicts, or verdicts without all that belongs to them. */
export interface FailedRule {
  readonly rule: RulePlan;
  readonly problem: RunProblem;
}

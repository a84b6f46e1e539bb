import type { RulePlan } from '../plan/plan.js';
import type { FailedRule } from './rule-problem.js';
import type { FoundViolation } from './violation.js';

/** Some of the violations that rules found. */
export interface ViolationPage {
  readonly found: readonly RuleViolations[];
  /** Rules whose violations could not be looked up: some are missing on this page, and all of them on the pages after it. */
  readonly failed: readonly FailedRule[];
}

export interface RuleViolations {
  readonly rule: RulePlan;
  readonly violations: readonly FoundViolation[];
}

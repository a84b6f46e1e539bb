/** What a rule requires, in the pieces that it can be judged by. */
import type { ClausePlan, ConditionPlan, RulePlan } from '../../../plan/plan.js';

/**
 * Requirements judged by one statement. Each brings joins: DuckDB plans them in time that grows with the square of their number and
 * more, and needs memory for all at once.
 */
export const JUDGED_TOGETHER = 16;

/** A clause, or a part of one that decides it alone. */
export interface Requirement {
  /** Index of the clause. */
  readonly clause: number;
  readonly keyword: ClausePlan['keyword'];
  readonly condition: ConditionPlan;
}

export function wholeClauses({ clauses }: RulePlan): readonly Requirement[] {
  return clauses.map(({ keyword, condition }, clause) => ({ clause, keyword, condition }));
}

/** `always A and B` fails where A or where B fails, `never A or B` where either holds: each can be judged by itself. */
export function requirementsOf(rule: RulePlan): readonly Requirement[] {
  const split = (requirement: Requirement): readonly Requirement[] => {
    const { keyword, condition } = requirement;
    if (condition.kind !== (keyword === 'always' ? 'and' : 'or')) return [requirement];
    return condition.operands.flatMap((operand) => split({ ...requirement, condition: operand }));
  };
  return wholeClauses(rule).flatMap(split);
}

/** Whether a rule requires more than one statement can judge well. */
export function isInParts(rule: RulePlan): boolean {
  // Whether a flow is decided depends on all clauses together.
  return rule.flow === undefined && requirementsOf(rule).length > JUDGED_TOGETHER;
}

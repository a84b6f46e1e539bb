import type { ResolvedRule } from '../../engine/language/workspace.js';
import { planRules } from '../../engine/plan/lower.js';
import type { RulePlan } from '../../engine/plan/plan.js';

const plans = new WeakMap<ResolvedRule, RulePlan>();

/** The plan of a rule alone. It never changes, and many ask for it. */
export function planOf(rule: ResolvedRule): RulePlan {
  const known = plans.get(rule) ?? planRules([rule]).rules[0]!;
  plans.set(rule, known);
  return known;
}

import { enabled } from '../../engine/language/link/enabled.js';
import type {
  ResolvedFlowRule,
  ResolvedRule,
  ResolvedTraceRule,
  ResolvedWindowRule,
} from '../../engine/language/link/resolved.js';
import { planFlowRules, planRules } from '../../engine/plan/lower/lower.js';
import { planWindowRules } from '../../engine/plan/lower/lower-windows.js';
import type { RulePlan } from '../../engine/plan/plan.js';
import type { WindowRulePlan } from '../../engine/plan/window-plan.js';

export type PlannedRule =
  | { readonly kind: 'trace'; readonly rule: ResolvedTraceRule; readonly plan: RulePlan }
  | { readonly kind: 'flow'; readonly rule: ResolvedFlowRule; readonly plan: RulePlan }
  | { readonly kind: 'window'; readonly rule: ResolvedWindowRule; readonly plan: WindowRulePlan };

const plans = new WeakMap<ResolvedRule, PlannedRule>();

/** The plan of a rule alone, also of one that is disabled, which runs in no plan. It never changes, and many ask for it. */
export function planOf(rule: ResolvedRule): PlannedRule {
  const known = plans.get(rule) ?? makePlan(enabled(rule));
  plans.set(rule, known);
  return known;
}

function makePlan(rule: ResolvedRule): PlannedRule {
  switch (rule.kind) {
    case 'trace':
      return { kind: rule.kind, rule, plan: planRules([rule]).rules[0]! };
    case 'flow':
      return { kind: rule.kind, rule, plan: planFlowRules([rule]).rules[0]! };
    case 'window':
      return { kind: rule.kind, rule, plan: planWindowRules([rule]).rules[0]! };
  }
}

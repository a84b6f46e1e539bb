import type { ResolvedOverRule, ResolvedRule } from '../../engine/language/link/resolved.js';
import { planRules } from '../../engine/plan/lower.js';
import { planOverRules } from '../../engine/plan/lower-over.js';
import type { OverRulePlan } from '../../engine/plan/over-plan.js';
import type { RulePlan } from '../../engine/plan/plan.js';

/** A rule over one trace or over many. */
export type AnyRule = ResolvedRule | ResolvedOverRule;

export type AnyRulePlan =
  | { readonly kind: 'trace'; readonly rule: ResolvedRule; readonly plan: RulePlan }
  | { readonly kind: 'over'; readonly rule: ResolvedOverRule; readonly plan: OverRulePlan };

const plans = new WeakMap<AnyRule, AnyRulePlan>();

/** The plan of a rule alone, also of one that is disabled. It never changes, and many ask for it. */
export function planOf(rule: AnyRule): AnyRulePlan {
  const known = plans.get(rule) ?? makePlan(enabled(rule));
  plans.set(rule, known);
  return known;
}

function makePlan(rule: AnyRule): AnyRulePlan {
  return isOverRule(rule)
    ? { kind: 'over', rule, plan: planOverRules([rule]).rules[0]! }
    : { kind: 'trace', rule, plan: planRules([rule]).rules[0]! };
}

/** What is planned is what runs, and a disabled rule runs in no plan. */
function enabled(rule: AnyRule): AnyRule {
  return rule.settings.enabled ? rule : { ...rule, settings: { ...rule.settings, enabled: true } };
}

export function isOverRule(rule: AnyRule): rule is ResolvedOverRule {
  return rule.item.kind === 'over rule';
}

/** Those of one trace and those of many apart, as a replay takes them. */
export function splitRules(rules: readonly AnyRule[]): {
  readonly rules: readonly ResolvedRule[];
  readonly overRules: readonly ResolvedOverRule[];
} {
  return {
    rules: rules.filter((rule): rule is ResolvedRule => !isOverRule(rule)),
    overRules: rules.filter(isOverRule),
  };
}

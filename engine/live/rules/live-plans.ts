import type { ResolvedRule } from '../../language/link/resolved.js';
import { RULE_KINDS, type RuleKind } from '../../language/words/rule-kinds.js';
import { planFlowRules } from '../../plan/lower/lower.js';
import { planWindowRules } from '../../plan/lower/lower-windows.js';
import type { JudgedRule } from '../../verdicts/judged-rule.js';
import { ruleSet, rulesOf } from './rule-set.js';

type AnyPlan = JudgedRule['rule'];

/** The plans of all enabled rules, as each is judged live. */
export function livePlans(rules: readonly ResolvedRule[]): readonly AnyPlan[] {
  return RULE_KINDS.flatMap((kind) => plansOfKind(kind, rules));
}

function plansOfKind(kind: RuleKind, rules: readonly ResolvedRule[]): readonly AnyPlan[] {
  switch (kind) {
    case 'trace':
      return rulesOf(ruleSet(rules)).filter(({ flow }) => flow === undefined);
    case 'flow':
      return planFlowRules(rules).rules;
    case 'window':
      return planWindowRules(rules).rules;
  }
}

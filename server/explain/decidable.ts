/** The class of a rule in words: when a verdict on a trace that still grows is final. */
import { clauseName } from '../../engine/language/words/clause-name.js';
import { classify } from '../../engine/plan/classify.js';
import type { Decidability, Plan, RulePlan } from '../../engine/plan/plan.js';
import { spanText } from '../shared/times.js';

export function decidableText({ decidable }: RulePlan): string {
  switch (decidable.kind) {
    case 'now':
      return 'now: once the spans of a violation are there, no later span can undo it';
    case 'deadline':
      if (decidable.after === '0')
        return 'at a deadline: when the bound span is there, as what has to come before it has come by then';
      return `at a deadline: ${spanText(BigInt(decidable.after))} after the bound span, no later span can change the verdict`;
    case 'closure':
      return 'at closure: spans that come later can still change the verdict, so it waits until the trace is complete';
  }
}

/** Which clause makes the rule wait; nothing for a rule that does not, or has but one. */
export function clauseClasses(rule: RulePlan, predicates: Plan['predicates']): readonly string[] {
  if (rule.clauses.length < 2 || rule.decidable.kind === 'now') return [];
  return rule.clauses.map((clause) => {
    const { kind } = classify({ ...rule, clauses: [clause] }, predicates);
    return `${clauseName(clause)} by itself: ${CLASS_NAMES[kind]}`;
  });
}

const CLASS_NAMES: Readonly<Record<Decidability['kind'], string>> = {
  now: 'now',
  deadline: 'at a deadline',
  closure: 'at closure',
};

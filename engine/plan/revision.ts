import { createHash } from 'node:crypto';
import type { Expression } from './expression.js';
import type { RulePlan } from './plan.js';

/**
 * A hash over what a rule means: its plan, and the settings that decide verdicts. Formatting, comments, texts for people,
 * redundant parentheses and the names of lets do not change it.
 */
export function revisionOf(
  rule: Pick<RulePlan, 'bindings' | 'when' | 'clauses' | 'settings'>,
  predicates: readonly Expression[],
): string {
  const { bindings, when, clauses } = rule;
  const { required, skewNs } = rule.settings;
  const meaning = JSON.stringify(
    { bindings, when, clauses, required, skew: `${skewNs}` },
    (key, value: unknown) => {
      if (key === 'text') return undefined;
      // Which number a predicate has depends on the other rules of the run.
      return key === 'predicate' ? predicates[Number(value)] : value;
    },
  );
  return createHash('sha256').update(meaning).digest('hex').slice(0, 16);
}

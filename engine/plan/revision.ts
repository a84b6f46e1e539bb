import { createHash } from 'node:crypto';
import type { Expression } from './expression.js';
import type { SelectionPlan } from './metrics-plan.js';
import type { RulePlan } from './plan.js';
import type { WindowRulePlan } from './window-plan.js';

/**
 * A hash over what a rule means: its plan, and the settings that decide verdicts. Formatting, comments, texts for people,
 * redundant parentheses and the names of lets do not change it.
 */
export function revisionOf(
  rule: Pick<RulePlan, 'bindings' | 'when' | 'clauses' | 'settings' | 'flow'>,
  predicates: readonly Expression[],
): string {
  const { flow, bindings, when, clauses } = rule;
  const { required, skewNs, idle } = rule.settings;
  const settings = { required, skew: `${skewNs}`, ...(idle ? { idle } : {}) };
  return hashOf({ ...(flow ? { flow } : {}), bindings, when, clauses, ...settings }, (key, value) =>
    // Which number a predicate has depends on the other rules of the run.
    key === 'predicate' ? predicates[Number(value)] : value,
  );
}

/** The same for a rule over many traces. */
export function revisionOfOver(
  {
    window,
    every,
    when,
    clauses,
    settings,
  }: Pick<WindowRulePlan, 'window' | 'every' | 'when' | 'clauses' | 'settings'>,
  selections: readonly SelectionPlan[],
  predicates: readonly Expression[],
): string {
  const { idle } = settings;
  return hashOf({ window, every, when, clauses, ...(idle ? { idle } : {}) }, (key, value) => {
    if (key === 'selection' && typeof value === 'number') return selections[value];
    return key === 'predicate' ? predicates[Number(value)] : value;
  });
}

/** The same for what a selection counts in a slot: where rules are others it may have another number, and other rules may have it too. */
export function selectionKey(
  { pattern, by, function: counted }: SelectionPlan,
  predicates: readonly Expression[],
): string {
  return hashOf({ pattern, by, counted }, (key, value) =>
    key === 'predicate' ? predicates[Number(value)] : value,
  );
}

function hashOf(meaning: object, resolve: (key: string, value: unknown) => unknown): string {
  const text = JSON.stringify(meaning, (key, value: unknown) =>
    key === 'text' || key === 'patternText' ? undefined : resolve(key, value),
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

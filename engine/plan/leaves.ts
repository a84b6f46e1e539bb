import type { PatternPlan, RulePlan, SpansetPlan, StagePlan } from './plan.js';
import { conditionsOf, forEachPattern } from './visit.js';

export type LeafPlan = Extract<SpansetPlan, { kind: 'leaf' }>;

/** The filters of a pattern, in the order of the text. */
export function leavesOf({ stages }: Pick<PatternPlan, 'stages'>): readonly LeafPlan[] {
  return stages.flatMap((stage: StagePlan) => (stage.kind === 'spanset' ? leavesIn(stage.expression) : []));
}

function leavesIn(spanset: SpansetPlan): readonly LeafPlan[] {
  switch (spanset.kind) {
    case 'leaf':
      return [spanset];
    case 'group':
      return leavesOf(spanset);
    case 'operation':
      return [...leavesIn(spanset.left), ...leavesIn(spanset.right)];
    case 'bound':
      return [];
  }
}

/** The predicates of the plan that a rule asks for, by index. */
export function predicatesOf(rule: RulePlan): ReadonlySet<number> {
  const found = new Set<number>();
  const add = (pattern: PatternPlan): void => {
    for (const { predicate } of leavesOf(pattern)) found.add(predicate);
  };
  for (const { pattern } of rule.bindings) add(pattern);
  for (const condition of conditionsOf(rule)) forEachPattern(condition, add);
  return found;
}

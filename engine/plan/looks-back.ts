/** Which rules across traces depend on what came before the span that a case is about. */
import { lowerEdge } from './edges.js';
import { conjuncts } from './expression.js';
import type { ConditionPlan, PatternPlan, RelationPlan, RulePlan, ScalarPlan } from './plan.js';
import { conditionsOf } from './visit.js';

/**
 * Whether the verdict on a case may depend on spans that start before its bound span, less the skew of clocks. Such a case is not known where those
 * may be missing; one of any other rule is. True where that is not plain.
 */
export function looksBack(rule: Pick<RulePlan, 'bindings' | 'when' | 'clauses'>): boolean {
  const [only, ...others] = rule.bindings;
  if (only === undefined || others.length > 0 || !isFilter(only.pattern)) return true;
  return conditionsOf(rule).some(conditionLooksBack);
}

function conditionLooksBack(condition: ConditionPlan): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.some(conditionLooksBack);
    case 'not':
      return conditionLooksBack(condition.operand);
    case 'exists':
      return patternLooksBack(condition.pattern);
    case 'relation':
      return relationLooksBack(condition);
    case 'between': {
      const { from, to, pattern } = condition;
      return from.bound === undefined || ![to, pattern].every(isFilter);
    }
    case 'sequence': {
      const [first, ...rest] = condition.steps;
      if (first?.pattern.bound === undefined) return true;
      return !rest.every(({ without, pattern }) => [...without, pattern].every(isFilter));
    }
    case 'compare':
      return scalarLooksBack(condition.left) || scalarLooksBack(condition.right);
    case 'present':
      return scalarLooksBack(condition.scalar);
  }
}

function relationLooksBack({ relation, left, right }: RelationPlan): boolean {
  if (![left, right].every(isFilter)) return true;
  if (left.bound !== undefined && right.bound !== undefined) return false;
  switch (relation) {
    case 'after':
    case 'starts after':
    case 'during':
      return right.bound === undefined;
    case 'before':
    case 'starts before':
      return left.bound === undefined;
    default:
      return true;
  }
}

function scalarLooksBack(scalar: ScalarPlan): boolean {
  switch (scalar.kind) {
    case 'constant':
    case 'field':
      return false;
    case 'aggregate':
      return patternLooksBack(scalar.pattern);
    case 'arithmetic':
      return scalarLooksBack(scalar.left) || scalarLooksBack(scalar.right);
    case 'negate':
    case 'call':
      return scalarLooksBack(scalar.operand);
  }
}

/** Anywhere in the flow, unless its filter asks for spans that start behind the bound one: `span:start >= x.start`. */
function patternLooksBack(pattern: PatternPlan): boolean {
  if (pattern.bound !== undefined) return false;
  if (!isFilter(pattern)) return true;
  const [only] = pattern.stages;
  const residual =
    only?.kind === 'spanset' && only.expression.kind === 'leaf' ? only.expression.residual : undefined;
  return residual === undefined || !conjuncts(residual).some((part) => lowerEdge(part) !== undefined);
}

/** A bound span, or whatever single filter matches: nothing is counted, and no other span asked for. */
function isFilter({ bound, stages }: PatternPlan): boolean {
  if (bound !== undefined) return true;
  const [only, ...others] = stages;
  return others.length === 0 && only?.kind === 'spanset' && only.expression.kind === 'leaf';
}

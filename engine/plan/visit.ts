import { type Expression, type FieldPlan, forEachField } from './expression.js';
import { forEachLateExpression } from './lower/lower-pattern.js';
import type { ConditionPlan, PatternPlan, Plan, RulePlan, ScalarPlan } from './plan.js';

/** Calls `visit` for every pattern of a condition, those inside scalars included. */
export function forEachPattern(condition: ConditionPlan, visit: (pattern: PatternPlan) => void): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const operand of condition.operands) forEachPattern(operand, visit);
      return;
    case 'not':
      forEachPattern(condition.operand, visit);
      return;
    case 'exists':
      visit(condition.pattern);
      return;
    case 'relation':
      visit(condition.left);
      visit(condition.right);
      return;
    case 'between':
      for (const pattern of [condition.pattern, condition.from, condition.to]) visit(pattern);
      return;
    case 'sequence':
      for (const step of condition.steps)
        for (const pattern of [...step.without, step.pattern]) visit(pattern);
      return;
    case 'compare':
    case 'present':
      for (const side of scalarsOf(condition))
        forEachScalar(side, (scalar) => {
          if (scalar.kind === 'aggregate') visit(scalar.pattern);
        });
      return;
  }
}

/** Calls `visit` for a scalar and every scalar inside it. */
function forEachScalar(scalar: ScalarPlan, visit: (scalar: ScalarPlan) => void): void {
  visit(scalar);
  if (scalar.kind === 'negate' || scalar.kind === 'call') forEachScalar(scalar.operand, visit);
  if (scalar.kind === 'arithmetic')
    for (const side of [scalar.left, scalar.right]) forEachScalar(side, visit);
}

function scalarsOf(test: Extract<ConditionPlan, { kind: 'compare' | 'present' }>): readonly ScalarPlan[] {
  return test.kind === 'compare' ? [test.left, test.right] : [test.scalar];
}

/** Calls `visit` for every scalar in the tests of a condition, those inside others included. */
export function forEachTestedScalar(condition: ConditionPlan, visit: (scalar: ScalarPlan) => void): void {
  if (condition.kind === 'compare' || condition.kind === 'present')
    for (const side of scalarsOf(condition)) forEachScalar(side, visit);
  if (condition.kind === 'not') forEachTestedScalar(condition.operand, visit);
  if (condition.kind === 'and' || condition.kind === 'or')
    for (const operand of condition.operands) forEachTestedScalar(operand, visit);
}

/** Calls `visit` for every expression of a condition that is evaluated after the shared pass over the spans. */
export function forEachExpression(condition: ConditionPlan, visit: (expression: Expression) => void): void {
  forEachPattern(condition, (pattern) => forEachLateExpression(pattern.stages, visit));
  forEachTestedScalar(condition, (scalar) => {
    if (scalar.kind === 'field') visit({ kind: 'field', field: scalar.field });
    if (scalar.kind === 'aggregate' && scalar.argument !== undefined) visit(scalar.argument);
  });
}

/**
 * Calls `visit` for the fields that are read after the shared pass, which the pass must keep. Fields of bound spans are
 * among them, as the bound spans come out of the pass too.
 */
export function forEachLateField(plan: Pick<Plan, 'rules'>, visit: (field: FieldPlan) => void): void {
  const expression = (expression: Expression): void => forEachField(expression, visit);
  for (const rule of plan.rules) {
    for (const { pattern } of rule.bindings) forEachLateExpression(pattern.stages, expression);
    for (const condition of conditionsOf(rule)) forEachExpression(condition, expression);
  }
}

/** The conditions of a rule: its `when`, if any, then its clauses. */
export function conditionsOf(rule: Pick<RulePlan, 'when' | 'clauses'>): readonly ConditionPlan[] {
  return [...(rule.when === undefined ? [] : [rule.when]), ...rule.clauses.map((clause) => clause.condition)];
}

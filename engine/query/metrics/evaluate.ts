import type { NumberPlan, SeriesPlan } from '../../plan/metrics-plan.js';
import { betweenSeries, withNumber } from './arithmetic.js';
import type { Points } from './series.js';
import { applyStep } from './steps.js';

/** What a query answers, made of its selections. */
export function evaluateSeries(
  plan: SeriesPlan,
  selections: readonly (readonly Points[])[],
): readonly Points[] {
  const made = plan.kind === 'selection' ? (selections[plan.selection] ?? []) : operation(plan, selections);
  return plan.steps.reduce((points, step) => applyStep(step, points), made);
}

function operation(
  { operator, left, right }: Extract<SeriesPlan, { kind: 'operation' }>,
  selections: readonly (readonly Points[])[],
): readonly Points[] {
  if (left.kind === 'number') {
    if (right.kind === 'number') throw new Error('arithmetic without a series');
    return withNumber(operator, evaluateSeries(right, selections), left.value, true);
  }
  const points = evaluateSeries(left, selections);
  return isNumber(right)
    ? withNumber(operator, points, right.value, false)
    : betweenSeries(operator, points, evaluateSeries(right, selections));
}

function isNumber(plan: SeriesPlan | NumberPlan): plan is NumberPlan {
  return plan.kind === 'number';
}

import { comparedFields } from './compared-fields.js';
import { type FieldPlan, itemOf } from './expression.js';
import type { Plan } from './plan.js';
import { forEachLateField } from './visit.js';

/**
 * Calls `visit` for the fields that the shared pass keeps of the spans that it finds: those that are read after it. Of flows, their keys
 * and what is shown of a violation are among them, as the spans themselves are not at hand any more when it is asked.
 */
export function forEachKeptField(
  plan: Pick<Plan, 'rules' | 'predicates' | 'carries'>,
  visit: (field: FieldPlan) => void,
): void {
  forEachLateField(plan, visit);
  for (const { flow, clauses } of plan.rules) {
    if (flow === undefined) continue;
    if (flow.kind === 'key') for (const { field } of flow.fields) visit(field);
    for (const clause of clauses)
      for (const { field } of comparedFields(clause, plan.predicates))
        if (itemOf(field) === undefined) visit(field);
  }
  if (plan.rules.some(({ flow }) => flow !== undefined)) for (const field of plan.carries ?? []) visit(field);
}

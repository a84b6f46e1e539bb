/** What violations are grouped or counted by. */
import { printField } from '../language/print/print-field.js';
import { printViolationLabel } from '../language/print/print-metrics.js';
import type { Field } from '../language/tree/ast.js';
import type { ViolationFact, ViolationLabel } from '../language/tree/ast-query.js';
import { clauseNameAt } from '../language/words/clause-name.js';
import type { ResultValue } from '../otlp/named-value.js';
import { carriedField } from '../plan/carried.js';
import { isDuration } from '../plan/duration.js';
import { type FieldPlan, fieldText } from '../plan/expression.js';
import { FIRST, lowerField } from '../plan/lower/lower-expression.js';
import type { RulePlan } from '../plan/plan.js';
import type { FoundViolation } from '../verdicts/violation.js';
import { goDuration } from './go-duration.js';
import { QueryError } from './query-error.js';

/** A field of the span that a violation is about. Throws a `QueryError` for one that is not of the span itself. */
export function ownField(field: Field): FieldPlan {
  const plan = lowerField(field, FIRST);
  const { source, hop } = plan;
  const isOwn =
    source.kind === 'attribute'
      ? source.scope !== 'event' && source.scope !== 'link'
      : /^(span:(name|kind|status|statusMessage|duration|id|start|end)|instrumentation:(name|version))$/u.test(
          source.name,
        );
  if (hop === 'self' && isOwn) return plan;
  throw new QueryError('BT3010', `violations cannot be counted by \`${printField(field)}\``);
}

/** Those of the labels that are fields. */
export function fieldsOf(labels: readonly ViolationLabel[]): readonly Field[] {
  return labels.flatMap((label) => (label.kind === 'fact' ? [] : [label]));
}

/** What listed violations are grouped by: a field, which they have to carry, or what is known of each. */
export type ViolationGroup =
  | { readonly kind: 'field'; readonly text: string; readonly field: FieldPlan }
  | { readonly kind: 'fact'; readonly text: string; readonly fact: Exclude<ViolationFact, 'service'> };

/** Throws a `QueryError` as `ownField` does. */
export function violationGroups(labels: readonly ViolationLabel[]): readonly ViolationGroup[] {
  return labels.map((label): ViolationGroup => {
    const text = printViolationLabel(label);
    if (label.kind !== 'fact') return { kind: 'field', text, field: ownField(label) };
    if (label.name !== 'service') return { kind: 'fact', text, fact: label.name };
    return { kind: 'field', text, field: carriedField({ scope: 'resource', key: 'service.name' }) };
  });
}

/** Null where the span that the violation is about has none. */
export function groupValue(
  group: ViolationGroup,
  { carried, clause }: FoundViolation,
  rule: RulePlan,
): ResultValue {
  if (group.kind === 'fact')
    return { rule: rule.id, severity: rule.settings.severity, clause: clauseNameAt(rule, clause) }[
      group.fact
    ];
  const { field } = group;
  const value = comparedValue(carried?.get(fieldText(field)));
  return typeof value === 'bigint' && isDuration({ kind: 'field', field }) ? goDuration(value) : value;
}

/** Values come as JSON has them, where whole numbers are ints. */
export function comparedValue(value: unknown): ResultValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    default:
      return value === null || value === undefined ? null : JSON.stringify(value);
  }
}

import type { StoredSchema } from '../../engine/blocks/schema.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { planRules } from '../../engine/plan/lower.js';
import type { AttributeKey, AttributeType } from '../../engine/plan/schema.js';
import { AttributeColumns, attributesOf } from '../../engine/sql/compile/attribute-columns.js';
import type { Explained } from './report.js';
import { statementsOf } from './statements.js';

export type TypesOf = (attribute: AttributeKey) => readonly AttributeType[];

/** The types that attributes have in stored blocks. */
export function typesIn(schema: StoredSchema): TypesOf {
  return ({ scope, key }) => {
    const known = schema.attributes.find((one) => one.scope === scope && one.key === key);
    return known?.types.map(({ type }) => type) ?? [];
  };
}

/** The rule as if it ran alone, for attributes of the given types; of any types without. */
export function explainRule(rule: ResolvedRule, types?: TypesOf): Explained {
  const plan = planRules([rule]);
  const columns = new AttributeColumns(plan.needs, types);
  const attributes = attributesOf(plan.needs).map(
    (attribute) => [attribute, columns.typesFor(attribute)] as const,
  );
  return { rule, plan, attributes, statements: statementsOf(plan, columns) };
}

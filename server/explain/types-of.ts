import type { StoredSchema } from '../../engine/blocks/schema.js';
import type { AttributeKey, AttributeType } from '../../engine/plan/schema.js';

export type TypesOf = (attribute: AttributeKey) => readonly AttributeType[];

/** The types that attributes have in stored blocks. */
export function typesIn(schema: StoredSchema): TypesOf {
  return ({ scope, key }) => {
    const known = schema.attributes.find((attribute) => attribute.scope === scope && attribute.key === key);
    return known?.types.map(({ type }) => type) ?? [];
  };
}

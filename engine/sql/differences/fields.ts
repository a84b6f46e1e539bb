/** The fields of spans that cases are compared by, and their values as texts. */
import { attributeNameText } from '../../language/tree/literals-attribute.js';
import type { AttributeKey } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { cast } from '../text/operations.js';
import { join, name, type Sql, sql } from '../text/sql.js';

export type SpanField =
  | { readonly kind: 'attribute'; readonly attribute: AttributeKey }
  | { readonly kind: 'intrinsic'; readonly name: 'name' | 'kind' | 'status' };

export const INTRINSICS: readonly SpanField[] = (['name', 'kind', 'status'] as const).map((name) => ({
  kind: 'intrinsic',
  name,
}));

/** As a filter spells it. */
export function spanFieldText(field: SpanField): string {
  return field.kind === 'intrinsic'
    ? field.name
    : `${field.attribute.scope}.${attributeNameText(field.attribute.key)}`;
}

/**
 * The value of a field of the row `s` of `spans` as text, null where it is missing: of kinds and statuses the number. Values of arrays are
 * not compared: undefined for a field that has no others.
 */
export function textOfField(field: SpanField, columns: AttributeColumns): Sql | undefined {
  if (field.kind === 'intrinsic') {
    const column = sql`s.${name(field.name)}`;
    return field.name === 'name' ? column : cast(column, 'text');
  }
  const { attribute } = field;
  const texts = columns.typesFor(attribute).flatMap((type) => {
    const column = sql`s.${name(columns.column(attribute, type))}`;
    if (type === 's') return [column];
    return type === 'i' || type === 'd' || type === 'b' ? [cast(column, 'text')] : [];
  });
  if (texts.length === 0) return undefined;
  return texts.length === 1 ? texts[0] : sql`coalesce(${join(texts, ', ')})`;
}

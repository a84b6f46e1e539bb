/** The fields of spans that cases are compared by, and where their values are. */
import { attributeNameText } from '../../language/tree/literals-attribute.js';
import { ATTRIBUTE_TYPES, type AttributeKey, type ListType } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { isListPart } from '../compile/value/value.js';
import { EVENTS, LINKS, SPANS } from '../tables.js';
import { cast } from '../text/operations.js';
import { join, name, type Sql, sql } from '../text/sql.js';

export type SpanField =
  | { readonly kind: 'attribute'; readonly attribute: AttributeKey }
  | { readonly kind: 'intrinsic'; readonly name: 'name' | 'kind' | 'status' }
  /** Of the events of a span. */
  | { readonly kind: 'event name' };

export const INTRINSICS: readonly SpanField[] = [
  ...(['name', 'kind', 'status'] as const).map((name) => ({ kind: 'intrinsic', name }) as const),
  { kind: 'event name' },
];

/** As a filter spells it. */
export function spanFieldText(field: SpanField): string {
  switch (field.kind) {
    case 'intrinsic':
      return field.name;
    case 'event name':
      return 'event:name';
    case 'attribute':
      return `${field.attribute.scope}.${attributeNameText(field.attribute.key)}`;
  }
}

/** What rows of a relation, called `s`, have of a field, as SQL. */
export interface FieldSql {
  readonly relation: Sql;
  /** As text, null where it is missing: of kinds and statuses the number; undefined where the field has only lists. */
  readonly text: Sql | undefined;
  readonly lists: readonly { readonly list: Sql; readonly type: ListType }[];
  /** Whether a value may be a number, by which values can be put in order. */
  readonly isNumber: boolean;
}

/** Undefined for a field that has no values. */
export function sqlOfField(field: SpanField, columns: AttributeColumns): FieldSql | undefined {
  if (field.kind !== 'attribute') {
    const called = field.kind === 'event name' ? 'name' : field.name;
    const column = sql`s.${name(called)}`;
    return {
      relation: field.kind === 'event name' ? EVENTS : SPANS,
      text: called === 'name' ? column : cast(column, 'text'),
      lists: [],
      isNumber: false,
    };
  }
  const { attribute } = field;
  const types = columns.typesFor(attribute);
  const texts: Sql[] = [];
  const lists: { readonly list: Sql; readonly type: ListType }[] = [];
  for (const type of types) {
    const column = sql`s.${name(columns.column(attribute, type))}`;
    if (isListPart(type)) lists.push({ list: column, type: ATTRIBUTE_TYPES[type] });
    else texts.push(type === 's' ? column : cast(column, 'text'));
  }
  if (types.length === 0) return undefined;
  return {
    relation: attribute.scope === 'event' ? EVENTS : attribute.scope === 'link' ? LINKS : SPANS,
    text: texts.length > 1 ? sql`coalesce(${join(texts, ', ')})` : texts[0],
    lists,
    isNumber: types.includes('i') || types.includes('d'),
  };
}

/** The value of a field of the row `s` of `spans` as `FieldSql.text` has it. */
export function textOfField(field: SpanField, columns: AttributeColumns): Sql | undefined {
  return sqlOfField(field, columns)?.text;
}

import type { AttributeColumn, AttributeKey, AttributeType, ColumnNeeds } from '../../plan/schema.js';
import { ATTRIBUTE_COLUMN_TYPES, ATTRIBUTE_TYPES } from '../../plan/schema.js';

/**
 * The columns that attributes have in the relations of one run: readable names for `explain`, unique although DuckDB does
 * not tell `Foo` from `foo`, and the types that occur (the others need no SQL).
 */
export class AttributeColumns {
  private readonly stems = new Map<string, string>();
  private readonly taken = new Set<string>();
  private readonly occurring = new Map<string, readonly AttributeColumn[]>();

  /** Without `columnsOf`, every type is assumed to occur, and no key several times. */
  constructor(
    needs: ColumnNeeds,
    private readonly columnsOf?: (attribute: AttributeKey) => Iterable<AttributeColumn>,
  ) {
    for (const attribute of attributesOf(needs)) this.add(attribute);
  }

  /** The types that occur for this attribute in this run. */
  typesFor(attribute: AttributeKey): readonly AttributeType[] {
    return this.columnsFor(attribute).filter((column) => column !== 'further');
  }

  /** The same with `further`, if it occurs. */
  columnsFor(attribute: AttributeKey): readonly AttributeColumn[] {
    return this.occurring.get(keyText(attribute)) ?? [];
  }

  column(attribute: AttributeKey, column: AttributeColumn): string {
    const stem = this.stems.get(keyText(attribute));
    if (stem === undefined)
      throw new Error(`attribute ${attribute.scope}.${attribute.key} is not among the needs`);
    return `${stem}_${column}`;
  }

  private add(attribute: AttributeKey): void {
    const readable = attribute.key
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .slice(0, 40);
    let stem = `${attribute.scope}_${readable}`;
    for (let n = 2; this.taken.has(stem); n++) stem = `${attribute.scope}_${readable}_${n}`;
    this.taken.add(stem);
    this.stems.set(keyText(attribute), stem);
    const occurring = new Set(this.columnsOf?.(attribute) ?? ALL_TYPES);
    this.occurring.set(
      keyText(attribute),
      ALL_COLUMNS.filter((column) => occurring.has(column)),
    );
  }
}

const ALL_TYPES: readonly AttributeColumn[] = Object.keys(ATTRIBUTE_TYPES) as AttributeType[];
const ALL_COLUMNS = Object.keys(ATTRIBUTE_COLUMN_TYPES) as readonly AttributeColumn[];

/** Every attribute of the needs, those of events and links included. */
export function attributesOf(needs: ColumnNeeds): readonly AttributeKey[] {
  return [
    ...needs.spanAttributes,
    ...(needs.events?.attributes ?? []).map((key) => ({ scope: 'event' as const, key })),
    ...(needs.links?.attributes ?? []).map((key) => ({ scope: 'link' as const, key })),
  ];
}

function keyText({ scope, key }: AttributeKey): string {
  return `${scope}\0${key}`;
}

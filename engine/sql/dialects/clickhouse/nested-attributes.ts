/** The attributes of a row of a nested block, each as a column for each type of one value. */
import type { AttributeKey, AttributeType } from '../../../plan/schema.js';
import type { AttributeColumns } from '../../compile/attribute-columns.js';
import { cast, text } from '../../text/operations.js';
import { join, NULL, name, type Sql, sql } from '../../text/sql.js';

/** A column of a block, by its path without the wrappers of lists, and in how many lists around its rows it is. */
export interface NestedLeaf {
  readonly path: string;
  readonly depth: number;
}

/** Where the attributes of a scope are in a block. */
export interface NestedScope {
  readonly keys: readonly string[];
  /** Columns of one attribute each; `isList`: a value is a list of none, one or several. The earlier ones come first. */
  readonly direct: readonly {
    readonly key: string;
    readonly kind: 's' | 'i';
    readonly leaf: NestedLeaf;
    readonly isList: boolean;
  }[];
  /** All others. */
  readonly list:
    | {
        readonly key: NestedLeaf;
        readonly isArray: NestedLeaf | undefined;
        readonly values: readonly { readonly kind: 's' | 'i' | 'd' | 'b'; readonly leaf: NestedLeaf }[];
      }
    | undefined;
}

export const SCALARS = ['s', 'i', 'd', 'b'] as const satisfies readonly AttributeType[];

/** In a row: how many values of attributes no column of it has, and texts that are not UTF-8. */
export const ODD = 'odd';

/** The columns of attributes, and `odd`. */
export function attributesSql(
  attributes: readonly AttributeKey[],
  scopes: ReadonlyMap<AttributeKey['scope'], NestedScope>,
  columns: AttributeColumns,
  refer: (leaf: NestedLeaf) => Sql,
  called?: Sql,
): readonly Sql[] {
  const odd: Sql[] = [called === undefined ? sql`0` : notUtf8(called)];
  const selected = attributes.flatMap((attribute) => {
    const { values, several } = attributeParts(attribute, scopes.get(attribute.scope), refer);
    odd.push(several, notUtf8(values.s));
    return SCALARS.map((type) => sql`${values[type]} AS ${name(columns.column(attribute, type))}`);
  });
  return [...selected, sql`${join(odd, ' + ')} AS ${name(ODD)}`];
}

function notUtf8(value: Sql): Sql {
  return sql`(isValidUTF8(ifNull(${value}, '')) = 0)`;
}

interface AttributeParts {
  readonly values: Readonly<Record<Scalar, Sql>>;
  /** 1 where there are other values than these, else 0. */
  readonly several: Sql;
}

function attributeParts(
  { scope, key }: AttributeKey,
  stored: NestedScope | undefined,
  refer: (leaf: NestedLeaf) => Sql,
): AttributeParts {
  const values: Record<Scalar, Sql[]> = { s: [], i: [], d: [], b: [] };
  const counts: Sql[] = [];
  for (const column of stored?.direct ?? []) {
    if (column.key !== key) continue;
    const leaf = refer(column.leaf);
    values[column.kind].push(column.isList ? sql`arrayElementOrNull(${leaf}, 1)` : leaf);
    counts.push(column.isList ? sql`length(${leaf})` : sql`isNotNull(${leaf})`);
  }
  // The column of the service is there in every resource, and alone says which it is.
  const isService = scope === 'resource' && key === 'service.name';
  if (stored?.list !== undefined && !isService) {
    const { list } = stored;
    const place = sql`indexOf(${refer(list.key)}, ${text(key)})`;
    counts.push(sql`countEqual(${refer(list.key)}, ${text(key)})`);
    if (list.isArray !== undefined) counts.push(sql`2 * toUInt8(${refer(list.isArray)}[${place}])`);
    for (const { kind, leaf } of list.values)
      values[kind].push(sql`arrayElementOrNull(${refer(leaf)}[${place}], 1)`);
  }
  const first = (type: Scalar): Sql =>
    values[type].length === 0 ? NULLS[type] : sql`coalesce(${join([...values[type], NULLS[type]], ', ')})`;
  return {
    values: { s: first('s'), i: first('i'), d: first('d'), b: first('b') },
    several: counts.length === 0 ? sql`0` : sql`((${join(counts, ' + ')}) > 1)`,
  };
}

type Scalar = (typeof SCALARS)[number];

const NULLS: Readonly<Record<Scalar, Sql>> = {
  s: cast(NULL, 'text'),
  i: cast(NULL, 'int64'),
  d: cast(NULL, 'double'),
  b: cast(NULL, 'bool'),
};

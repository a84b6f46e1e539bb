/** The attributes of a row of a nested block, each as a column for each type. */
import { ATTRIBUTE_COLUMN_TYPES, type AttributeColumn, type AttributeKey } from '../../../plan/schema.js';
import type { AttributeColumns } from '../../compile/attribute-columns.js';
import { cast, text } from '../../text/operations.js';
import { join, NULL, name, type Sql, sql } from '../../text/sql.js';
import { columnType, jsonText } from './dialect.js';
import { HELD, SCALARS, type Scalar } from './nested-held.js';
import { valuesOf } from './nested-protobuf.js';

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
  readonly list: ListedColumns | ListedMessages | undefined;
}

interface ListedColumns {
  readonly key: NestedLeaf;
  readonly isArray: NestedLeaf | undefined;
  /** `isList`: what an attribute has is a list of none, one or several values; else it is one or null. */
  readonly values: readonly { readonly kind: Scalar; readonly leaf: NestedLeaf; readonly isList: boolean }[];
}

/** Values are protobuf messages. */
interface ListedMessages {
  readonly key: NestedLeaf;
  readonly message: NestedLeaf;
}

/** The columns that an attribute has where every one has at most one value; and where arrays and keys that are there several times are read too. */
export const PLAIN_COLUMNS: readonly AttributeColumn[] = SCALARS;
export const ALL_COLUMNS = Object.keys(ATTRIBUTE_COLUMN_TYPES) as readonly AttributeColumn[];

/** In a row: for each attribute 1 where it has other values than its columns, else 0. */
export const ODD = 'odd_values';

/** What is SELECTed of attributes. */
export interface AttributesSql {
  /** What is read several times: parts of `WITH`. */
  readonly definitions: readonly Sql[];
  /** Columns that are worked out first: a definition is planned anew for each use, and what decodes messages is long. */
  readonly decoded: readonly Sql[];
  readonly selected: readonly Sql[];
}

/** The columns of attributes that `columns` has, and `ODD`. */
export function attributesSql(
  attributes: readonly AttributeKey[],
  scopes: ReadonlyMap<AttributeKey['scope'], NestedScope>,
  columns: AttributeColumns,
  refer: (leaf: NestedLeaf) => Sql,
): AttributesSql {
  const several: Sql[] = [];
  const definitions: Sql[] = [];
  const decoded: Sql[] = [];
  const decode = (value: Sql): Sql => {
    const called = sql`decoded_${decoded.length}`;
    decoded.push(sql`${value} AS ${called}`);
    return called;
  };
  const define = (value: Sql): Sql => {
    const called = sql`held_${definitions.length}`;
    definitions.push(sql`${value} AS ${called}`);
    return called;
  };
  const selected = attributes.flatMap((attribute) => {
    const occurring = columns.columnsFor(attribute);
    const list = scopes.get(attribute.scope)?.list;
    const parts =
      occurring.includes('further') || (list !== undefined && 'message' in list)
        ? allParts(attribute, scopes.get(attribute.scope), refer, define, decode)
        : plainParts(attribute, scopes.get(attribute.scope), refer);
    several.push(occurring.includes('further') ? sql`0` : parts.several);
    return occurring.map(
      (column) =>
        sql`${parts.values[column] ?? nullOf(column)} AS ${name(columns.column(attribute, column))}`,
    );
  });
  return {
    definitions,
    decoded,
    selected: [...selected, sql`CAST(array(${join(several, ', ')}) AS Array(UInt8)) AS ${name(ODD)}`],
  };
}

function nullOf(column: AttributeColumn): Sql {
  return sql`CAST(NULL AS ${columnType(ATTRIBUTE_COLUMN_TYPES[column])})`;
}

interface AttributeParts {
  readonly values: Readonly<Partial<Record<AttributeColumn, Sql>>>;
  /** 1 where there are other values than these, else 0. */
  readonly several: Sql;
}

/** The column of the service is there in every resource, and alone says which it is. */
function isService({ scope, key }: AttributeKey): boolean {
  return scope === 'resource' && key === 'service.name';
}

// --------------------------------------------------------------------------------------------------- one value each

function plainParts(
  attribute: AttributeKey,
  stored: NestedScope | undefined,
  refer: (leaf: NestedLeaf) => Sql,
): AttributeParts {
  const { key } = attribute;
  const values: Record<Scalar, Sql[]> = { s: [], i: [], d: [], b: [] };
  const counts: Sql[] = [];
  for (const column of stored?.direct ?? []) {
    if (column.key !== key) continue;
    const leaf = refer(column.leaf);
    values[column.kind].push(column.isList ? sql`arrayElementOrNull(${leaf}, 1)` : leaf);
    counts.push(column.isList ? sql`length(${leaf})` : sql`isNotNull(${leaf})`);
  }
  if (stored?.list !== undefined && !('message' in stored.list) && !isService(attribute)) {
    const { list } = stored;
    const place = sql`indexOf(${refer(list.key)}, ${text(key)})`;
    counts.push(sql`countEqual(${refer(list.key)}, ${text(key)})`);
    if (list.isArray !== undefined) counts.push(sql`2 * toUInt8(${refer(list.isArray)}[${place}])`);
    for (const { kind, leaf, isList } of list.values)
      values[kind].push(
        isList
          ? sql`arrayElementOrNull(${refer(leaf)}[${place}], 1)`
          : sql`arrayElementOrNull(${refer(leaf)}, ${place})`,
      );
  }
  const first = (kind: Scalar): Sql => sql`coalesce(${join([...values[kind], NULLS[kind]], ', ')})`;
  return {
    values: { s: first('s'), i: first('i'), d: first('d'), b: first('b') },
    several: counts.length === 0 ? sql`0` : sql`((${join(counts, ' + ')}) > 1)`,
  };
}

const NULLS: Readonly<Record<Scalar, Sql>> = {
  s: cast(NULL, 'text'),
  i: cast(NULL, 'int64'),
  d: cast(NULL, 'double'),
  b: cast(NULL, 'bool'),
};

// ------------------------------------------------------------------------------------------------------- any values

function allParts(
  attribute: AttributeKey,
  stored: NestedScope | undefined,
  refer: (leaf: NestedLeaf) => Sql,
  define: (value: Sql) => Sql,
  decode: (value: Sql) => Sql,
): AttributeParts {
  const { key } = attribute;
  const places = (stored?.direct ?? []).flatMap((column) => {
    if (column.key !== key) return [];
    const leaf = refer(column.leaf);
    const values = column.isList ? leaf : sql`if(isNull(${leaf}), [], [${leaf}])`;
    return [sql`if(length(${values}) = 0, [], [${held({ [column.kind]: values }, sql`0`)}])`];
  });
  if (stored?.list !== undefined && !isService(attribute))
    places.push(listed(key, stored.list, refer, decode));
  if (places.length === 0) return { values: {}, several: sql`0` };
  const all = define(sql`CAST(arrayConcat(${join([...places, sql`[]`], ', ')}) AS Array(${HELD}))`);
  const first = sql`${all}[1]`;
  const has = (kind: Scalar, isList: boolean): Sql =>
    sql`tupleElement(${first}, 'kind') = ${text(kind)} AND tupleElement(${first}, 'list') = ${isList ? 1 : 0}`;
  const values = SCALARS.flatMap((kind): readonly (readonly [AttributeColumn, Sql])[] => {
    const here = sql`tupleElement(${first}, ${text(kind)})`;
    const column = columnType(ATTRIBUTE_COLUMN_TYPES[`l${kind}`]);
    return [
      [kind, sql`if(${has(kind, false)}, arrayElementOrNull(${here}, 1), NULL)`],
      [`l${kind}`, sql`if(${has(kind, true)}, CAST(${here} AS ${column}), NULL)`],
    ];
  });
  const others = sql`arrayStringConcat(arrayMap(h -> ${furtherJson(sql`h`)}, arraySlice(${all}, 2)), ',')`;
  return {
    values: {
      ...Object.fromEntries(values),
      further: define(sql`if(length(${all}) > 1, concat('[', ${others}, ']'), NULL)`),
    },
    several: sql`(length(${all}) > 1 OR tupleElement(${first}, 'list') = 1)`,
  };
}

function held(values: Readonly<Partial<Record<Scalar, Sql>>>, isArray: Sql): Sql {
  const valuesAs = (kind: Scalar): Sql => values[kind] ?? sql`[]`;
  const kinds = SCALARS.filter((kind) => values[kind] !== undefined);
  const tests = kinds.map((kind) => sql`length(${valuesAs(kind)}) > 0, ${text(kind)}`);
  const lengths = kinds.map((kind) => sql`length(${valuesAs(kind)})`);
  return sql`CAST(tuple(multiIf(${join([...tests, sql`'s'`], ', ')}), toUInt8(${isArray} = 1 OR (${join(lengths, ' + ')}) > 1), ${join(SCALARS.map(valuesAs), ', ')}) AS ${HELD})`;
}

/** The places of a list with the key; one without a value that is no array is none. */
function listed(
  key: string,
  list: NonNullable<NestedScope['list']>,
  refer: (leaf: NestedLeaf) => Sql,
  decode: (value: Sql) => Sql,
): Sql {
  if ('message' in list)
    return decode(
      valuesOf(sql`arrayFilter((m, k) -> k = ${text(key)}, ${refer(list.message)}, ${refer(list.key)})`),
    );
  const { key: keys, isArray, values } = list;
  const here = Object.fromEntries(
    values.map(({ kind, leaf, isList }) => {
      const value = sql`(${refer(leaf)})[p]`;
      return [kind, isList ? value : sql`if(isNull(${value}), [], [${value}])`];
    }),
  );
  const array = isArray === undefined ? sql`0` : sql`toUInt8((${refer(isArray)})[p])`;
  const counts = Object.values(here).map((value) => sql`length(${value})`);
  const places = sql`arrayFilter((p, k) -> k = ${text(key)} AND ((${join(counts, ' + ')}) > 0 OR ${array} = 1), arrayEnumerate(${refer(keys)}), ${refer(keys)})`;
  return sql`arrayMap(p -> ${held(here, array)}, ${places})`;
}

/** As `furtherText` writes a value. */
function furtherJson(record: Sql): Sql {
  const member = (kind: Scalar): Sql => {
    const plain = (value: Sql): Sql =>
      kind === 's' || kind === 'b'
        ? sql`toJSONString(${value})`
        : sql`concat('"', ifNull(${jsonText(value)}, ''), '"')`;
    const held = sql`tupleElement(${record}, ${text(kind)})`;
    const values = sql`arrayStringConcat(arrayMap(v -> ${plain(sql`v`)}, ${held}), ',')`;
    return sql`if(tupleElement(${record}, 'list') = 1, concat('{"l', ${text(kind)}, '":[', ${values}, ']}'), concat('{"', ${text(kind)}, '":', ${values}, '}'))`;
  };
  const [s, i, d, b] = SCALARS.map(member);
  return sql`multiIf(tupleElement(${record}, 'kind') = 'i', ${i!}, tupleElement(${record}, 'kind') = 'd', ${d!}, tupleElement(${record}, 'kind') = 'b', ${b!}, ${s!})`;
}

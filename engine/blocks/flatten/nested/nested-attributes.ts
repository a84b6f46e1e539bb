/** The attributes of a scope as SQL over nested rows. */

import { ATTRIBUTE_TYPES, type AttributeColumn, type AttributeType } from '../../../plan/schema.js';
import { typeName } from '../../../sql/dialects/duckdb/dialect.js';
import { attributeColumn } from '../../../sql/relations/flat.js';
import { type DirectColumn, hasOwnColumnAlone, type ScopePlan } from '../layout.js';
import { Repetition } from '../parquet/parquet-format.js';
import type { Leaf } from '../parquet/schema-tree.js';
import { identifier, text } from './nested-sql.js';

/** One column of a flat file. */
export interface AttributeSql {
  readonly column: string;
  readonly sql: string;
  /** `expression AS name`: what `sql` refers to, to be selected before; the second may refer to the first. */
  readonly prepare: readonly [scope: string | undefined, key: string] | undefined;
}

type Kind = 's' | 'i' | 'd' | 'b';
const KINDS: readonly Kind[] = ['s', 'i', 'd', 'b'];

/**
 * All columns of every key; `row` is the struct that holds them. The values of a key are gathered as a list of structs, of which the
 * first counts and the rest is `further`. Those that lie in the list of attributes have their types looked at once for all keys: the
 * statement is planned for each part of a block, and what it says of each key is most of it.
 */
export function attributeSql(plan: ScopePlan, row: string): readonly AttributeSql[] {
  const isListed = (key: string): boolean => plan.list !== undefined && !hasOwnColumnAlone(plan.direct, key);
  const listed = `${plan.scope}_listed`;
  const wanted = plan.keys.filter(isListed).map(text).join(', ');
  const ofScope =
    wanted === ''
      ? undefined
      : `${valued(`list_transform(list_filter(coalesce(${row}.Attrs, []), lambda a: a.Key IN (${wanted})),
            lambda a: ${structOf('a.Key', listColumns(plan, 'a'))})`)} AS ${listed}`;
  return plan.keys.flatMap((key, number) => {
    const values = `${plan.scope}_${number}_values`;
    const direct = plan.direct
      .filter((column) => column.key === key)
      .map((column) => {
        const list = directList(column, row);
        return structOf('NULL', {
          [column.kind]: `CASE WHEN len(${list}) = 1 THEN ${list}[1] END`,
          [`l${column.kind}`]: `CASE WHEN len(${list}) > 1 THEN ${list} END`,
        });
      });
    const all = [
      ...(direct.length > 0 ? [valued(`[${direct.join(', ')}]`)] : []),
      ...(isListed(key) ? [`list_filter(${listed}, lambda v: v.k = ${text(key)})`] : []),
    ];
    const gathered =
      all.length === 0 ? `[${structOf('NULL', {})}][:0]` : all.reduce((a, b) => `list_concat(${a}, ${b})`);
    const prepare = [ofScope, `${gathered} AS ${values}`] as const;
    const columnOf = (column: AttributeColumn): string => attributeColumn({ scope: plan.scope, key }, column);
    return [
      ...TYPES.map((type) => ({ column: columnOf(type), sql: `${values}[1].${type}`, prepare })),
      { column: columnOf('further'), sql: furtherSql(values), prepare },
    ];
  });
}

/** Those of a list of structs that have a value. */
function valued(list: string): string {
  return `list_filter(${list}, lambda v: ${TYPES.map((type) => `v.${type} IS NOT NULL`).join(' OR ')})`;
}

const TYPES = Object.keys(ATTRIBUTE_TYPES) as readonly AttributeType[];

function structOf(key: string, columns: Partial<Record<AttributeType, string>>): string {
  return `{'k': (${key})::VARCHAR, ${TYPES.map((type) => `'${type}': (${columns[type] ?? 'NULL'})::${typeName(ATTRIBUTE_TYPES[type])}`).join(', ')}}`;
}

/** All but the first as JSON, null where there are none; in JSON no number is NaN, so doubles are texts. */
function furtherSql(values: string): string {
  const members = TYPES.map((type) => {
    const sql = type === 'd' ? 'v.d::VARCHAR' : type === 'ld' ? 'v.ld::VARCHAR[]' : `v.${type}`;
    return `'${type}': ${sql}`;
  });
  return `CASE WHEN len(${values}) > 1
    THEN to_json(list_transform(${values}[2:], lambda v: {${members.join(', ')}}))::VARCHAR END`;
}

/** The values of a column of its own as a list, empty without a value. */
function directList({ leaf }: DirectColumn, row: string): string {
  const value = access(leaf, row);
  if (leaf.repetition === Repetition.REPEATED) return value;
  return `CASE WHEN ${value} IS NULL THEN [] ELSE [${value}] END`;
}

/** `rs.ss.Spans.DedicatedAttributes.String01` in a struct `row` that is a resource, scope, span, event or link. */
function access(leaf: Leaf, row: string): string {
  const names = leaf.path.split('.');
  const own = names.slice(names.at(-2) === 'DedicatedAttributes' ? -2 : -1);
  return [row, ...own.map(identifier)].join('.');
}

function listColumns(plan: ScopePlan, found: string): Partial<Record<AttributeType, string>> {
  const leaves = new Map(plan.list!.values.map(({ kind, leaf }) => [kind, leaf] as const));
  const lists = KINDS.map((kind) => {
    const leaf = leaves.get(kind)!;
    const value = `${found}.${identifier(leaf.path.split('.').at(-1)!)}`;
    const list =
      leaf.maxRep > plan.list!.key.maxRep ? value : `CASE WHEN ${value} IS NULL THEN [] ELSE [${value}] END`;
    return `coalesce(${list}, [])`;
  });
  const array = plan.list!.isArray ? `coalesce(${found}.IsArray, false)` : 'false';
  const columns: Partial<Record<AttributeType, string>> = {};
  KINDS.forEach((kind, i) => {
    // The first list that is not empty counts.
    const before = lists.slice(0, i).map((list) => `len(${list}) = 0`);
    const when = (condition: string): string => [...before, condition].join(' AND ');
    const list = lists[i]!;
    const empty =
      kind === 's' ? `WHEN ${array} AND ${lists.map((l) => `len(${l}) = 0`).join(' AND ')} THEN []` : '';
    columns[kind] = `CASE WHEN ${when(`len(${list}) = 1 AND NOT ${array}`)} THEN ${list}[1] END`;
    columns[`l${kind}`] =
      `CASE WHEN ${when(`(len(${list}) > 1 OR (len(${list}) = 1 AND ${array}))`)} THEN ${list} ${empty} END`;
  });
  return columns;
}

/** The attributes of a scope as SQL over nested rows. */
import { ATTRIBUTE_TYPES, type AttributeType } from '../../plan/schema.js';
import { attributeColumn } from '../flat.js';
import type { DirectColumn, ScopePlan } from './layout.js';
import { identifier, text } from './nested-sql.js';
import { Repetition } from './parquet-format.js';
import type { Leaf } from './schema-tree.js';

/** One column of a flat file. */
export interface AttributeSql {
  readonly column: string;
  readonly sql: string;
  /** `expression AS name`: what `sql` refers to, to be selected before. */
  readonly prepare: readonly string[];
}

type Kind = 's' | 'i' | 'd' | 'b';
const KINDS: readonly Kind[] = ['s', 'i', 'd', 'b'];

/** All eight columns of every key; `row` is the struct that holds them. */
export function attributeSql(plan: ScopePlan, row: string): readonly AttributeSql[] {
  return plan.keys.flatMap((key, number) => {
    const prefix = `${plan.scope}_${number}`;
    const prepare: string[] = [];
    const sources: { readonly present: string; readonly columns: Partial<Record<AttributeType, string>> }[] =
      [];
    plan.direct
      .filter((column) => column.key === key)
      .forEach((column, i) => {
        const list = `${prefix}_direct_${i}`;
        prepare.push(`${directList(column, row)} AS ${list}`);
        sources.push({
          present: `len(${list}) > 0`,
          columns: {
            [column.kind]: `CASE WHEN len(${list}) = 1 THEN ${list}[1] END`,
            [`l${column.kind}`]: `CASE WHEN len(${list}) > 1 THEN ${list} END`,
          },
        });
      });
    if (plan.list) {
      const found = `list_filter(${row}.Attrs, lambda a: a.Key = ${text(key)})[1]`;
      prepare.push(`${found} AS ${prefix}_found`);
      sources.push({ present: 'true', columns: listColumns(plan, `${prefix}_found`) });
    }
    return (Object.keys(ATTRIBUTE_TYPES) as AttributeType[]).map((type) => ({
      column: attributeColumn({ scope: plan.scope, key }, type),
      sql: `(CASE ${sources.map(({ present, columns }) => `WHEN ${present} THEN ${columns[type] ?? 'NULL'}`).join(' ')}
        WHEN false THEN NULL END)::${ATTRIBUTE_TYPES[type]}`,
      prepare,
    }));
  });
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

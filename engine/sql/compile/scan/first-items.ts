import { type FieldPlan, ownerOf } from '../../../plan/expression.js';
import { ITEM_TABLES } from '../../tables.js';
import { allBut, argMinOrNull } from '../../text/operations.js';
import { concat, join, name, type Sql, sql } from '../../text/sql.js';
import type { AttributeColumns } from '../attribute-columns.js';
import { fieldColumns } from '../value/expression.js';

/**
 * The common table expressions that give the spans of `source` columns for fields of events and links: of each field, the value
 * in the first event (link) of the span, in stored order, that has it. The last of them has the spans; none if no field asks.
 */
export function firstItemCtes(
  fields: readonly FieldPlan[],
  columns: AttributeColumns,
  source: Sql,
): readonly Cte[] {
  const found = (['event', 'link'] as const).flatMap((item) => {
    const selected = firstColumns(
      fields.filter((field) => field.first && field.among === undefined && ownerOf(field.source) === item),
      columns,
    );
    if (selected.length === 0) return [];
    return [
      {
        ...FIRSTS[item],
        select: sql`SELECT row AS ${name(FIRSTS[item].row)}, ${join(selected, ', ')} FROM ${ITEM_TABLES[item]} GROUP BY row`,
      },
    ];
  });
  if (found.length === 0) return [];
  const columnsOfItems = concat(found.map(({ name: table, row }) => sql`, ${allBut([row], table)}`));
  const joins = concat(
    found.map(({ name: table, row }) => sql` LEFT JOIN ${table} ON ${table}.${name(row)} = s.row`),
  );
  return [
    ...found,
    { name: sql`with_items`, select: sql`SELECT s.*${columnsOfItems} FROM ${source} s${joins}` },
  ];
}

/** `row`: the column with the row of the span, of which no other relation of the join has one: `s.*` has all of its own. */
const FIRSTS = {
  event: { name: sql`first_events`, row: 'event_row' },
  link: { name: sql`first_links`, row: 'link_row' },
} as const;

export interface Cte {
  readonly name: Sql;
  readonly select: Sql;
}

/** A value has one of several types: the columns of all are taken from the one event (link) that has any of them. */
function firstColumns(fields: readonly FieldPlan[], columns: AttributeColumns): readonly Sql[] {
  const selected = new Map<string, Sql>();
  for (const { source } of fields) {
    const stored = fieldColumns({ hop: 'self', source }, columns);
    const first = fieldColumns({ hop: 'self', source, first: true }, columns);
    const has = join(
      stored.map((column) => sql`${name(column)} IS NOT NULL`),
      ' OR ',
    );
    for (const [n, column] of stored.entries())
      selected.set(column, sql`${argMinOrNull(name(column), sql`position`, has)} AS ${name(first[n]!)}`);
  }
  return [...selected.keys()].sort().map((column) => selected.get(column)!);
}

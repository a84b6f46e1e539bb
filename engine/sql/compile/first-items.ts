import { type FieldPlan, ownerOf } from '../../plan/expression.js';
import type { AttributeColumns } from './attribute-columns.js';
import { fieldColumns } from './expression.js';

/**
 * The common table expressions that give the spans of `source` columns for fields of events and links: of each field, the value
 * in the first event (link) of the span, in stored order, that has it. The last of them has the spans; none if no field asks.
 */
export function firstItemCtes(
  fields: readonly FieldPlan[],
  columns: AttributeColumns,
  source: string,
): readonly Cte[] {
  const found = (['event', 'link'] as const).flatMap((item) => {
    const selected = firstColumns(
      fields.filter((field) => field.first && field.among === undefined && ownerOf(field.source) === item),
      columns,
    );
    if (selected.length === 0) return [];
    return [{ name: `first_${item}s`, sql: `SELECT row, ${selected.join(', ')} FROM ${item}s GROUP BY row` }];
  });
  if (found.length === 0) return [];
  const of = found.map(({ name }) => `, ${name}.* EXCLUDE (row)`).join('');
  const joins = found.map(({ name }) => ` LEFT JOIN ${name} ON ${name}.row = s.row`).join('');
  return [...found, { name: 'with_items', sql: `SELECT s.*${of} FROM ${source} s${joins}` }];
}

export interface Cte {
  readonly name: string;
  readonly sql: string;
}

/** A value has one of several types: the columns of all are taken from the one event (link) that has any of them. */
function firstColumns(fields: readonly FieldPlan[], columns: AttributeColumns): readonly string[] {
  const selected = new Set<string>();
  for (const { source } of fields) {
    const stored = fieldColumns({ hop: 'self', source }, columns);
    const first = fieldColumns({ hop: 'self', source, first: true }, columns);
    const has = stored.map((column) => `${column} IS NOT NULL`).join(' OR ');
    for (const [n, column] of stored.entries())
      selected.add(`arg_min_null(${column}, position) FILTER (WHERE ${has}) AS ${first[n]}`);
  }
  return [...selected].sort();
}

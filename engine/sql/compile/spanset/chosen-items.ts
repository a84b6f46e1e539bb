/**
 * Behind a filter on events (links), a field of one is that of the first, as they are stored, that satisfied the filter and has the
 * field: `FieldPlan.among`. Such fields become columns of the spans that a stage looks at.
 */

import {
  type Expression,
  type FieldPlan,
  forEachField,
  type Item,
  ownerOf,
} from '../../../plan/expression.js';
import { type ItemCase, itemCases } from '../../../plan/item-cases.js';
import { ITEM_TABLES } from '../../tables.js';
import { argMinOrNull, semiJoin } from '../../text/operations.js';
import { concat, EMPTY, join, name, names, type Sql, sql } from '../../text/sql.js';
import { hasNone, itemAliases, itemJoins } from '../scan/item-case.js';
import { compileBoolean, fieldColumns, type Scope } from '../value/expression.js';

/** `wide` with a column for each such field, and the names of these columns. */
export interface WithChosenItems {
  readonly wide: Sql;
  readonly columns: readonly string[];
}

/**
 * @param wide a table expression with `keys`, `row` and the columns of spans that the filters read
 * @param scope where fields of the row `m` are found
 * @param cases what is joined to `m` so that fields of bound spans are found; nothing where none are read
 */
export function withChosenItems(
  { wide, keys }: { readonly wide: Sql; readonly keys: readonly string[] },
  expressions: readonly Expression[],
  scope: Scope,
  cases: Sql = EMPTY,
): WithChosenItems {
  const groups = new Map<string, ChosenFields>();
  for (const expression of expressions)
    forEachField(expression, (field) => {
      const item = ownerOf(field.source);
      if (field.among === undefined || field.first === undefined || item === undefined) return;
      const key = JSON.stringify([item, field.among]);
      const known = groups.get(key) ?? { item, among: field.among, fields: [] };
      groups.set(key, { ...known, fields: [...known.fields, field] });
    });
  if (groups.size === 0) return { wide, columns: [] };
  const on = [...keys, 'row'];
  const columns = new Set<string>();
  const joins = [...groups.values()].map((group, n) => {
    const selected = firstOfChosen(group, scope);
    for (const { column } of selected) columns.add(column);
    const rows = chosenRows(group, sql`${wide} m${cases}`, on, group.fields, scope);
    const firsts = selected.map((first) => sql`${first.value} AS ${name(first.column)}`);
    return sql` LEFT JOIN (SELECT ${join([...names(on), ...firsts], ', ')} FROM (${rows}) GROUP BY ${join(names(on), ', ')}) f${n} USING (${join(names(on), ', ')})`;
  });
  return { wide: sql`(SELECT * FROM ${wide} m${concat(joins)})`, columns: [...columns] };
}

interface ChosenFields {
  readonly item: Item;
  readonly among: Expression;
  readonly fields: readonly FieldPlan[];
}

/** A value has one of several types: the columns of all are taken from the one event (link) that has any of them. */
function firstOfChosen(
  { fields }: ChosenFields,
  { columns }: Scope,
): readonly { readonly column: string; readonly value: Sql }[] {
  const found = new Map<string, Sql>();
  for (const field of fields) {
    const stored = storedColumns(field, columns);
    const has = join(
      stored.map((column) => sql`${name(column)} IS NOT NULL`),
      ' OR ',
    );
    for (const [n, column] of fieldColumns(field, columns).entries())
      found.set(column, argMinOrNull(name(stored[n]!), sql`position`, has));
  }
  return [...found].map(([column, value]) => ({ column, value }));
}

/** The columns of the event (link) itself. */
function storedColumns({ source }: FieldPlan, columns: Scope['columns']): readonly string[] {
  return fieldColumns({ hop: 'self', source }, columns);
}

function chosenRows(
  { item, among }: Omit<ChosenFields, 'fields'>,
  from: Sql,
  on: readonly string[],
  fields: readonly FieldPlan[],
  scope: Scope,
): Sql {
  const stored = [...new Set(fields.flatMap((field) => storedColumns(field, scope.columns)))];
  const selects = casesAt(among, item).map((itemCase) => {
    const alias = itemAliases(itemCase)[item]!;
    const columns = [
      ...on.map((key) => sql`m.${name(key)} AS ${name(key)}`),
      ...['position', ...stored].map((column) => sql`${alias}.${name(column)} AS ${name(column)}`),
    ];
    const holds = [
      compileBoolean(itemCase.condition, { ...scope, ...itemAliases(itemCase) }),
      ...hasNone(itemCase, sql`m`),
    ];
    return sql`SELECT ${join(columns, ', ')} FROM ${from}${itemJoins(itemCase, sql`m`)} WHERE ${join(holds, ' AND ')}`;
  });
  return join(selects, ' UNION ALL ');
}

/** The ways in which an event (link) at hand may satisfy a filter, which may ask something of the other kind as well. */
function casesAt(filter: Expression, item: Item): readonly ItemCase[] {
  return itemCases(filter)
    .filter(({ none }) => !none.includes(item))
    .map((itemCase) =>
      itemCase.some.includes(item) ? itemCase : { ...itemCase, some: [...itemCase.some, item] },
    );
}

/** The rows of `items` (`row`, `position` and all else) that satisfy a filter for their span `m` in the table `spans`. */
export function chosenItemRows(among: Expression, item: Item, spans: Sql, scope: Scope): Sql {
  const rows = casesAt(among, item).map((itemCase) => {
    const alias = itemAliases(itemCase)[item]!;
    const holds = [
      compileBoolean(itemCase.condition, { ...scope, ...itemAliases(itemCase) }),
      ...hasNone(itemCase, sql`m`),
    ];
    return sql`SELECT m.row AS row, ${alias}.position AS position FROM ${spans} m${itemJoins(itemCase, sql`m`)} WHERE ${join(holds, ' AND ')}`;
  });
  return sql`(SELECT * FROM ${ITEM_TABLES[item]} ${semiJoin(sql`(${join(rows, ' UNION ALL ')})`, { using: ['row', 'position'] })})`;
}

/**
 * Behind a filter on events (links), a field of one is that of the first, as they are stored, that satisfied the filter and has the
 * field: `FieldPlan.among`. Such fields become columns of the spans that a stage looks at.
 */
import { type Expression, type FieldPlan, forEachField, type Item, ownerOf } from '../../plan/expression.js';
import { type ItemCase, itemCases } from '../../plan/item-cases.js';
import { compileBoolean, fieldColumns, type Scope } from './expression.js';
import { hasNone, itemAliases, itemJoins } from './item-case.js';

/** `wide` with a column for each such field, and the names of these columns. */
export interface WithChosenItems {
  readonly wide: string;
  readonly columns: readonly string[];
}

/**
 * @param wide a table expression with `keys`, `row` and the columns of spans that the filters read
 * @param scope where fields of the row `m` are found
 * @param cases what is joined to `m` so that fields of bound spans are found; nothing where none are read
 */
export function withChosenItems(
  { wide, keys }: { readonly wide: string; readonly keys: readonly string[] },
  expressions: readonly Expression[],
  scope: Scope,
  cases = '',
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
    for (const { name } of selected) columns.add(name);
    const rows = chosenRows(group, `${wide} m${cases}`, on, group.fields, scope);
    const firsts = selected.map(({ name, sql }) => `${sql} AS ${name}`);
    return ` LEFT JOIN (SELECT ${[...on, ...firsts].join(', ')} FROM (${rows}) GROUP BY ${on.join(', ')}) f${n} USING (${on.join(', ')})`;
  });
  return { wide: `(SELECT * FROM ${wide} m${joins.join('')})`, columns: [...columns] };
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
): readonly { name: string; sql: string }[] {
  const found = new Map<string, string>();
  for (const field of fields) {
    const stored = storedColumns(field, columns);
    const has = stored.map((column) => `${column} IS NOT NULL`).join(' OR ');
    for (const [n, name] of fieldColumns(field, columns).entries())
      found.set(name, `arg_min_null(${stored[n]}, position) FILTER (WHERE ${has})`);
  }
  return [...found].map(([name, sql]) => ({ name, sql }));
}

/** The columns of the event (link) itself. */
function storedColumns({ source }: FieldPlan, columns: Scope['columns']): readonly string[] {
  return fieldColumns({ hop: 'self', source }, columns);
}

function chosenRows(
  { item, among }: Omit<ChosenFields, 'fields'>,
  from: string,
  on: readonly string[],
  fields: readonly FieldPlan[],
  scope: Scope,
): string {
  const stored = [...new Set(fields.flatMap((field) => storedColumns(field, scope.columns)))];
  const selects = casesAt(among, item).map((one) => {
    const alias = itemAliases(one)[item]!;
    const columns = [
      ...on.map((key) => `m.${key}`),
      ...['position', ...stored].map((column) => `${alias}.${column}`),
    ];
    const holds = [compileBoolean(one.condition, { ...scope, ...itemAliases(one) }), ...hasNone(one, 'm')];
    return `SELECT ${columns.join(', ')} FROM ${from}${itemJoins(one, 'm')} WHERE ${holds.join(' AND ')}`;
  });
  return selects.join(' UNION ALL ');
}

/** The ways in which an event (link) at hand may satisfy a filter, which may ask something of the other kind as well. */
function casesAt(filter: Expression, item: Item): readonly ItemCase[] {
  return itemCases(filter)
    .filter(({ none }) => !none.includes(item))
    .map((one) => (one.some.includes(item) ? one : { ...one, some: [...one.some, item] }));
}

/** The rows of `items` (`row`, `position` and all else) that satisfy a filter for their span `m` in the table `spans`. */
export function chosenItemRows(among: Expression, item: Item, spans: string, scope: Scope): string {
  const rows = casesAt(among, item).map((one) => {
    const alias = itemAliases(one)[item]!;
    const holds = [compileBoolean(one.condition, { ...scope, ...itemAliases(one) }), ...hasNone(one, 'm')];
    return `SELECT m.row, ${alias}.position FROM ${spans} m${itemJoins(one, 'm')} WHERE ${holds.join(' AND ')}`;
  });
  return `(SELECT * FROM ${item}s SEMI JOIN (${rows.join(' UNION ALL ')}) USING (row, position))`;
}

/** What the spans of cases carry: a row for each value, which costs the same whatever the number of fields that no span has. */
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { dropTables } from '../store/drop-tables.js';
import type { Store } from '../store/store.js';
import { ASKED_ROWS, DIFFERING_VALUES, DIFFERING_WIDE, EVENTS, LINKS, SPANS } from '../tables.js';
import {
  cast,
  deleteFrom,
  emptyTable,
  isNan,
  listOf,
  rowsOf,
  semiJoin,
  tableAs,
  tryCast,
} from '../text/operations.js';
import { join, NULL, type Sql, sql, TRUE } from '../text/sql.js';
import { type FieldSql, type SpanField, sqlOfField } from './fields.js';

/** Columns that are looked at together: each holds some memory of its own. */
const TOGETHER = 24;

/**
 * Makes the table anew: `unit`, `row` of the span, `field` by its index, `value` as text, `number` where that is one, and `counts`, which is
 * true in one row for each span and field. A span has several values of lists, and of what its events and links carry.
 */
export async function startValues(db: Store): Promise<void> {
  await dropTables(db, [DIFFERING_VALUES]);
  await db.run(
    emptyTable(DIFFERING_VALUES, [
      ['unit', 'int32'],
      ['row', 'int64'],
      ['field', 'int32'],
      ['value', 'text'],
      ['number', 'double'],
      ['counts', 'bool'],
    ]),
  );
}

/** Adds what spans of the unit at hand carry, each once for all rules; the unit may have been tried before. */
export async function addValues(
  db: Store,
  unit: number,
  fields: readonly SpanField[],
  columns: AttributeColumns,
): Promise<void> {
  await db.run(deleteFrom(DIFFERING_VALUES, sql`unit = ${unit}`));
  const reads = fields.flatMap((field, index): readonly Read[] => {
    const found = sqlOfField(field, columns);
    return found === undefined ? [] : [{ ...found, index }];
  });
  const parts = [SPANS, EVENTS, LINKS].flatMap((relation) => {
    const own = reads.filter((read) => read.relation === relation);
    return Array.from({ length: Math.ceil(own.length / TOGETHER) }, (_, n) => ({
      rows: sql`(SELECT * FROM ${relation} ${semiJoin(ASKED_ROWS, { using: ['row'] })}) s`,
      part: own.slice(n * TOGETHER, (n + 1) * TOGETHER),
    }));
  });
  await db.each(parts, async (session, { rows, part }) => {
    const texts = part.flatMap(({ index, text }) => (text === undefined ? [] : [sql`${text} AS v${index}`]));
    const lists = part.flatMap((read) =>
      read.lists.map(({ list }, n) => sql`${list} AS ${listName(read, n)}`),
    );
    await dropTables(session, [DIFFERING_WIDE]);
    await session.run(
      tableAs(DIFFERING_WIDE, sql`SELECT ${join([sql`s.row`, ...texts, ...lists], ', ')} FROM ${rows}`, {
        own: true,
      }),
    );
    const selects = part.map((read) => valuesOf(read, unit));
    await session.run(sql`INSERT INTO ${DIFFERING_VALUES} ${join(selects, '\nUNION ALL ')}`);
    await dropTables(session, [DIFFERING_WIDE]);
  });
}

interface Read extends FieldSql {
  readonly index: number;
}

function listName({ index }: Read, position: number): Sql {
  return sql`l${index}_${position}`;
}

/** SELECTs rows of values. Of what a span may have several times each value counts once, and the field, too. */
function valuesOf(read: Read, unit: number): Sql {
  const { index, text, lists, isNumber, relation } = read;
  const texts = text === undefined ? [] : [sql`SELECT row, v${index} AS value FROM ${DIFFERING_WIDE}`];
  const elements = lists.map(
    ({ type }, n) =>
      sql`SELECT row, ${cast(rowsOf(listOf(listName(read, n), type)), 'text')} AS value FROM ${DIFFERING_WIDE}`,
  );
  const values = sql`SELECT row, value FROM (${join([...texts, ...elements], ' UNION ALL ')}) WHERE value IS NOT NULL`;
  const isOne = relation === SPANS && lists.length === 0;
  const [from, counts] = isOne
    ? [values, TRUE]
    : [sql`SELECT DISTINCT row, value FROM (${values})`, sql`value = min(value) OVER (PARTITION BY row)`];
  return sql`SELECT ${unit}, row, ${index}, value, ${numberOf(sql`value`, isNumber)}, ${counts} FROM (${from})`;
}

/** What is no number has no place in an order. */
function numberOf(value: Sql, isNumber: boolean): Sql {
  if (!isNumber) return cast(NULL, 'double');
  const number = tryCast(value, 'double');
  return sql`CASE WHEN NOT ${isNan(number)} THEN ${number} END`;
}

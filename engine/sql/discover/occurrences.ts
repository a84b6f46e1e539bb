/** Which spans of which shape are where: what is mined, of all units of a run. */
import type { AttributeKey } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { textOfField } from '../differences/fields.js';
import { dropTables } from '../store/drop-tables.js';
import type { Session, Store } from '../store/store.js';
import { MINED_OCCURRENCES, MINED_SPANS, MINED_TRACES, MINED_VALUES, SPANS, TRACES } from '../tables.js';
import { cast, hash63, list, placeIn, tableAs, text, tryCast } from '../text/operations.js';
import { join, NULL, type Sql, sql } from '../text/sql.js';
import { failed } from './failed.js';

/** A shape as what a span has to have. */
export interface SpanShape {
  readonly name?: string;
  readonly isFailed?: boolean;
  readonly where?: { readonly key: AttributeKey; readonly value: string };
}

export interface MinedShapes {
  readonly shapes: readonly SpanShape[];
  /** Keys whose values are compared between spans, or counted. */
  readonly keys: readonly AttributeKey[];
}

/** Takes out of the unit at hand what is mined; the first call makes the tables. */
export async function addOccurrences(
  db: Store,
  columns: AttributeColumns,
  { shapes, keys }: MinedShapes,
  isFirst: boolean,
): Promise<void> {
  const names = [...new Set(shapes.flatMap(({ name }) => name ?? []))];
  const whereKeys = [
    ...new Map(
      shapes.flatMap(({ where }) => (where === undefined ? [] : [[idOf(where.key), where.key] as const])),
    ),
  ];
  const valueSql = (attribute: AttributeKey): Sql =>
    textOfField({ kind: 'attribute', attribute }, columns) ?? NULL;
  const coded = [
    sql`${placeIn(list(names.map(text)), sql`s.name`)} AS name_code`,
    sql`${failed(sql`s`)} AS failed`,
    ...whereKeys.map(([, key], n) => {
      const values = valuesAt(shapes, key);
      return sql`${placeIn(list(values.map(text)), valueSql(key))} AS w${n}`;
    }),
    ...keys.flatMap((key, n) => [
      sql`CASE WHEN ${valueSql(key)} IS NOT NULL THEN ${hash63(valueSql(key))} END AS k${n}`,
      sql`${tryCast(valueSql(key), 'double')} AS d${n}`,
    ]),
  ];
  await dropTables(db, [MINED_SPANS]);
  await db.run(
    tableAs(
      MINED_SPANS,
      sql`SELECT s.trace, s.row, s.start_ns, s.start_ns + s.duration_ns AS end_ns, s.nested_left, s.nested_right, s.nested_parent, ${join(coded, ', ')} FROM ${SPANS} s`,
    ),
  );
  const selects = shapes.map((shape, n) => {
    const tests = [
      ...(shape.name === undefined ? [] : [sql`name_code = ${names.indexOf(shape.name) + 1}`]),
      ...(shape.isFailed === true ? [sql`failed`] : []),
      ...(shape.where === undefined ? [] : [whereIs(shape.where, whereKeys, shapes)]),
    ];
    return sql`SELECT trace, row, ${n} AS shape, start_ns, end_ns, nested_left, nested_right, nested_parent FROM ${MINED_SPANS} WHERE ${join(tests, ' AND ')}`;
  });
  const keep = (table: Sql, select: Sql, session: Session = db): Promise<void> =>
    session.run(isFirst ? tableAs(table, select, { replace: true }) : sql`INSERT INTO ${table} ${select}`);
  await keep(MINED_OCCURRENCES, join(selects, '\nUNION ALL\n'));
  await keep(
    MINED_TRACES,
    sql`SELECT trace, ${hash63(sql`trace_id`)} AS mark, trace_id, start_ns, end_ns FROM ${TRACES}`,
  );
  const valued = keys.map(
    (_, n) =>
      sql`SELECT trace, row, ${n} AS key, k${n} AS value, d${n} AS number FROM ${MINED_SPANS} WHERE k${n} IS NOT NULL`,
  );
  await keep(MINED_VALUES, join(valued.length === 0 ? [NO_VALUES] : valued, '\nUNION ALL\n'));
  await dropTables(db, [MINED_SPANS]);
}

const NO_VALUES = sql`SELECT trace, row, 0 AS key, row AS value, ${cast(NULL, 'double')} AS number FROM ${MINED_SPANS} WHERE false`;

function valuesAt(shapes: readonly SpanShape[], key: AttributeKey): readonly string[] {
  return [
    ...new Set(
      shapes.flatMap(({ where }) =>
        where !== undefined && idOf(where.key) === idOf(key) ? [where.value] : [],
      ),
    ),
  ];
}

function whereIs(
  { key, value }: NonNullable<SpanShape['where']>,
  keys: readonly (readonly [string, AttributeKey])[],
  shapes: readonly SpanShape[],
): Sql {
  const known = keys.findIndex(([id]) => id === idOf(key));
  return sql`w${known} = ${valuesAt(shapes, key).indexOf(value) + 1}`;
}

function idOf({ scope, key }: AttributeKey): string {
  return `${scope}\0${key}`;
}

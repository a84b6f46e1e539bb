/** What the flat files of one block hold, counted. */
import type { AttributeType } from '../../plan/schema.js';
import type { Session } from '../store/store.js';
import { cast, filesColumns, filesRows, quoted, rowsOf, text } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';

export interface ValueCount {
  /** A value as text; `frequentValues` cuts it to 120 characters. Foreign text. */
  readonly text: string;
  /** Of the value; `ls` … are counted as `s` …. */
  readonly type: ScalarType;
  readonly count: number;
}

export type ScalarType = 's' | 'i' | 'd' | 'b';

const TEXT_LENGTH = 120;
const SCALARS: Readonly<Record<AttributeType, ScalarType>> = {
  s: 's',
  i: 'i',
  d: 'd',
  b: 'b',
  ls: 's',
  li: 'i',
  ld: 'd',
  lb: 'b',
};

export async function columnsOf(session: Session, path: string): Promise<ReadonlySet<string>> {
  const rows = await session.rows(sql`SELECT name FROM ${filesColumns([path])}`);
  return new Set(rows.map(([column]) => String(column)));
}

/** How many rows have a value in each of the columns, in their order. */
export async function countPresent(
  session: Session,
  path: string,
  columns: readonly string[],
): Promise<readonly number[]> {
  if (columns.length === 0) return [];
  const counts = columns.map((column) => sql`count(${quoted(column)})`);
  const [row = []] = await session.rows(sql`SELECT ${join(counts, ', ')} FROM ${filesRows([path])}`);
  return columns.map((_, n) => Number(row[n]));
}

/** The most frequent values of columns together, which have these types: the most frequent first, then by text. */
export async function frequentValues(
  session: Session,
  path: string,
  columns: readonly TypedColumn[],
  most: number,
): Promise<readonly ValueCount[]> {
  const cut = (value: Sql): Sql => sql`left(${value}, ${TEXT_LENGTH})`;
  return await valuesOf(session, path, columns, { most, shown: cut });
}

/** The same with whole texts. */
export async function wholeValues(
  session: Session,
  path: string,
  columns: readonly TypedColumn[],
  most: number,
): Promise<readonly ValueCount[]> {
  return await valuesOf(session, path, columns, { most, shown: (value) => value });
}

export type TypedColumn = readonly [column: string, type: AttributeType];

async function valuesOf(
  session: Session,
  path: string,
  columns: readonly TypedColumn[],
  { most, shown }: { readonly most: number; readonly shown: (value: Sql) => Sql },
): Promise<readonly ValueCount[]> {
  if (columns.length === 0) return [];
  const selects = columns.map(([column, stored]) => {
    const values = stored.startsWith('l') ? rowsOf(quoted(column)) : quoted(column);
    return sql`SELECT ${shown(cast(sql`v`, 'text'))} AS text, ${text(SCALARS[stored])} AS type, count(*) AS n
      FROM (SELECT ${values} AS v FROM ${filesRows([path])}) WHERE v IS NOT NULL GROUP BY v`;
  });
  const rows = await session.rows(sql`SELECT text, type, ${cast(sql`sum(n)`, 'int64')} AS n
    FROM (${join(selects, ' UNION ALL ')}) GROUP BY text, type ORDER BY n DESC, text, type LIMIT ${most}`);
  return (rows as [string, ScalarType, bigint][]).map(([value, scalarType, count]) => ({
    text: value,
    type: scalarType,
    count: Number(count),
  }));
}

/** How many values the columns have, and in how many traces, added up over the values. */
export async function countTraces(
  session: Session,
  path: string,
  columns: readonly string[],
): Promise<{ readonly values: number; readonly traces: number }> {
  let [values, traces] = [0, 0];
  for (const column of columns) {
    const [row = []] = await session.rows(sql`SELECT count(DISTINCT v), count(*)
      FROM (SELECT DISTINCT ${quoted(column)} AS v, trace FROM ${filesRows([path])} WHERE ${quoted(column)} IS NOT NULL)`);
    values += Number(row[0]);
    traces += Number(row[1]);
  }
  return { values, traces };
}

/** What nearly always holds for each span of a kind, counted by the traces that hold it: as `mine.ts`, whose tables these ask. */
import type { Session } from '../store/store.js';
import { MINED_BY_TRACE, MINED_OCCURRENCES, MINED_TRACES, MINED_VALUES } from '../tables.js';
import { anyTrue, hash63, int, isIn, list, qualify, text } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';
import { type Marked, marked, readMarked } from './mine.js';

/** Spans of one shape under spans of another, however deep. */
export interface Under {
  readonly below: number;
  readonly above: number;
  /** Traces in which each span of the one is under one of the other. */
  readonly holds: Marked;
}

export async function under(session: Session, leastTraces: number): Promise<readonly Under[]> {
  const byTrace = sql`SELECT o.shape AS below, p.shape AS above, o.trace AS trace, count(DISTINCT o.row) AS n
    FROM ${MINED_OCCURRENCES} o JOIN ${MINED_OCCURRENCES} p
      ON p.trace = o.trace AND p.shape <> o.shape AND p.nested_left > 0 AND p.nested_left < o.nested_left AND o.nested_left < p.nested_right
    GROUP BY o.shape, p.shape, o.trace`;
  const rows = await session.rows(sql`SELECT x.below, x.above, ${join(marked(sql`x.n = a.n`), ', ')}
    FROM (${byTrace}) x JOIN ${MINED_BY_TRACE} a ON a.trace = x.trace AND a.shape = x.below
    GROUP BY x.below, x.above HAVING count(*) >= ${leastTraces} ORDER BY x.below, x.above`);
  return rows.map((row) => ({ below: Number(row[0]), above: Number(row[1]), holds: readMarked(row, 2) }));
}

/** The longest spans of a shape, in nanoseconds, the longest first. */
export interface Longest {
  readonly shape: number;
  readonly spans: number;
  readonly durations: readonly number[];
}

/** One in so many of the spans of each shape, and the next shorter one; of very many, `most`. */
export async function longest(
  session: Session,
  shapes: readonly number[],
  oneIn: number,
  most: number,
): Promise<readonly Longest[]> {
  if (shapes.length === 0) return [];
  const rows =
    await session.rows(sql`SELECT shape, n, end_ns - start_ns FROM (SELECT *, count(*) OVER (PARTITION BY shape) AS n FROM ${MINED_OCCURRENCES} o WHERE ${isIn(numbers(shapes), sql`o.shape`)})
    ${qualify(sql`row_number() OVER (PARTITION BY shape ORDER BY end_ns - start_ns DESC) * ${oneIn} <= least(n, ${most * oneIn}) + ${oneIn}`)}
    ORDER BY shape, end_ns - start_ns DESC`);
  const found = new Map<number, { shape: number; spans: number; durations: number[] }>();
  for (const row of rows) {
    const shape = Number(row[0]);
    const known = found.get(shape) ?? { shape, spans: Number(row[1]), durations: [] };
    found.set(shape, known);
    known.durations.push(Number(row[2]));
  }
  return [...found.values()];
}

/** Traces in which no span of the shape takes longer. */
export async function within(session: Session, shape: number, nanoseconds: number): Promise<Marked> {
  return await holding(
    session,
    sql`SELECT o.trace, ${anyTrue(sql`o.end_ns - o.start_ns > ${int(BigInt(nanoseconds))}`)} AS breaks FROM ${MINED_OCCURRENCES} o WHERE o.shape = ${shape} GROUP BY o.trace`,
  );
}

/** Traces in which each span of the shape that has the key has one of these values of it. */
export async function amongValues(
  session: Session,
  shape: number,
  key: number,
  values: readonly string[],
): Promise<Marked> {
  const among = isIn(list(values.map((value) => hash63(text(value)))), sql`v.value`);
  return await holding(
    session,
    sql`SELECT o.trace AS trace, ${anyTrue(sql`NOT (${among})`)} AS breaks FROM ${MINED_OCCURRENCES} o JOIN ${MINED_VALUES} v ON v.row = o.row AND v.key = ${key}
      WHERE o.shape = ${shape} GROUP BY o.trace`,
  );
}

/** Of traces by whether something in them breaks it, those in which nothing does. */
async function holding(session: Session, byTrace: Sql): Promise<Marked> {
  const [row] = await session.rows(
    sql`SELECT ${join(marked(sql`NOT x.breaks`, sql`t`), ', ')} FROM (${byTrace}) x JOIN ${MINED_TRACES} t ON t.trace = x.trace`,
  );
  return readMarked(row ?? [0, 0, null], 0);
}

function numbers(values: readonly number[]): Sql {
  return list(values.map((value) => sql`${value}`));
}

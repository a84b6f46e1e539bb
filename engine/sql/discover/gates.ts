/** What lets one thing of a flow lead to another: where it comes between the two, and how often the other comes without it. */
import type { Session } from '../store/store.js';
import { MINED_FLOWS, MINED_TRACES } from '../tables.js';
import { anyTrue, argMin, filtered, int } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';
import { type Marked, marked, readMarked } from './mine.js';
import { numbersIn } from './row-numbers.js';

/** Shapes in flows of a key, in this order. */
export interface Gate {
  readonly key: number;
  readonly from: number;
  readonly gate: number;
  readonly to: number;
}

/** From the start of the one to the end of the nearest other that came through the gate: the longest there is. Nanoseconds. */
export async function farthestThrough(session: Session, gate: Gate): Promise<number | undefined> {
  const { key, from, gate: middle, to } = gate;
  const [[far] = []] = await session.rows(sql`WITH f AS (SELECT * FROM ${MINED_FLOWS} WHERE key = ${key}),
    n AS (SELECT min(c.end_ns - a.start_ns) AS far FROM f a JOIN f b ON b.flow = a.flow AND b.shape = ${middle} AND b.start_ns >= a.end_ns
        JOIN f c ON c.flow = a.flow AND c.shape = ${to} AND c.start_ns >= b.end_ns WHERE a.own AND a.shape = ${from} GROUP BY a.row)
    SELECT max(far) FROM n`);
  return typeof far === 'bigint' ? Number(far) : undefined;
}

/** Of all spans that the gate is behind: how many of those with it, and of those without, led on within some time. */
export interface Passed {
  readonly withGate: number;
  readonly through: number;
  readonly without: number;
  /** Of both: those that led on without it, or before it. */
  readonly around: number;
  /** Traces whose spans led on, and those of them that did so without it. */
  readonly all: Marked;
  readonly exceptions: Marked;
  /** Numbers of the traces of one that came through: of the span, of the gate and of what is behind it. */
  readonly example: readonly bigint[];
}

export async function passed(session: Session, gate: Gate, withinNs: bigint): Promise<Passed> {
  const { key, from, gate: middle, to } = gate;
  const near = (span: Sql): Sql =>
    sql`${span}.flow = a.flow AND ${span}.start_ns >= a.end_ns AND ${span}.end_ns - a.start_ns <= ${int(withinNs)}`;
  const counted = [
    sql`done IS NOT NULL`,
    sql`through AND NOT around`,
    sql`done IS NULL`,
    sql`around`,
    sql`through OR around`,
  ].map((condition, n) => sql`${filtered(sql`count(*)`, condition)} AS n${n}`);
  const shown = sql`x.n1 > 0 AND x.n3 = 0`;
  const [row = []] = await session.rows(sql`WITH f AS (SELECT * FROM ${MINED_FLOWS} WHERE key = ${key}),
    g AS (SELECT a.row AS row, a.trace AS trace, a.flow AS flow, a.start_ns AS start_ns, a.end_ns AS end_ns, min(b.end_ns) AS done, ${argMin(sql`b.trace`, [sql`b.end_ns`, sql`b.row`])} AS gate
      FROM f a LEFT JOIN f b ON b.shape = ${middle} AND ${near(sql`b`)} WHERE a.own AND a.shape = ${from} GROUP BY a.row, a.trace, a.flow, a.start_ns, a.end_ns),
    p AS (SELECT a.row AS row, a.trace AS trace, a.done AS done, a.gate AS gate, coalesce(${anyTrue(sql`c.start_ns >= a.done`)}, false) AS through,
        coalesce(${anyTrue(sql`c.row IS NOT NULL AND (a.done IS NULL OR c.start_ns < a.done)`)}, false) AS around, ${filtered(sql`min(c.trace)`, sql`c.start_ns >= a.done`)} AS other
      FROM g a LEFT JOIN f c ON c.shape = ${to} AND ${near(sql`c`)} GROUP BY a.row, a.trace, a.done, a.gate),
    x AS (SELECT trace, ${join(counted, ', ')}, min(gate) AS gate, min(other) AS other FROM p GROUP BY trace)
    SELECT ${join(
      [
        ...[0, 1, 2, 3].map((n) => sql`coalesce(sum(x.n${n}), 0)`),
        ...marked(sql`x.n4 > 0`, sql`m`),
        ...marked(sql`x.n3 > 0`, sql`m`),
        ...[sql`x.trace`, sql`x.gate`, sql`x.other`].map((trace) =>
          filtered(argMin(trace, [sql`m.trace_id`]), shown),
        ),
      ],
      ', ',
    )} FROM x JOIN ${MINED_TRACES} m ON m.trace = x.trace`);
  return {
    ...numbersIn(row, 'withGate', 'through', 'without', 'around'),
    all: readMarked(row, 4),
    exceptions: readMarked(row, 7),
    example: row.slice(10).flatMap((trace) => (typeof trace === 'bigint' ? [trace] : [])),
  };
}

/** How many spans of a kind come within some time in a flow, and what their values add up to: what rules with a limit for each value of a key are found from. */
import type { Session } from '../store/store.js';
import { MINED_FLOWS, MINED_TRACES, MINED_VALUES } from '../tables.js';
import { anyTrue, argMax, double, exactSum, filtered, int, intDivide } from '../text/operations.js';
import { join, type Sql, sql, TRUE } from '../text/sql.js';
import { type Marked, marked, readMarked } from './mine.js';
import { numbersIn } from './row-numbers.js';

/** Spans of a shape in flows of a key, which are counted, or whose values of a field are added up. */
export interface Totalled {
  readonly key: number;
  readonly shape: number;
  readonly field?: number;
}

/** Over how much time the spans of a shape lie in the flows of a key. Nanoseconds. */
export interface Spread {
  readonly shape: number;
  readonly spans: number;
  readonly flows: number;
  /** Flows that have them in several traces. */
  readonly several: number;
  /** From a span to the next, at least; and from the first to the last, at most. */
  readonly shortest: number;
  readonly longest: number;
}

export async function spreads(session: Session, key: number): Promise<readonly Spread[]> {
  const rows =
    await session.rows(sql`WITH s AS (SELECT shape, flow, trace, start_ns, start_ns - lag(start_ns) OVER (PARTITION BY shape, flow ORDER BY start_ns) AS step
      FROM ${MINED_FLOWS} WHERE key = ${key} AND own),
    f AS (SELECT shape, count(*) AS n, min(trace) < max(trace) AS several, ${filtered(sql`min(step)`, sql`step > 0`)} AS shortest, max(start_ns) - min(start_ns) AS longest FROM s GROUP BY shape, flow)
    SELECT shape, sum(n), count(*), ${filtered(sql`count(*)`, sql`several`)}, coalesce(min(shortest), 0), max(longest) FROM f GROUP BY shape ORDER BY shape`);
  return rows.map((row) => numbersIn(row, 'shape', 'spans', 'flows', 'several', 'shortest', 'longest'));
}

/** How many flows have this as the most that came within some time. */
export interface Frequency {
  readonly total: number;
  readonly flows: number;
}

/**
 * For each of these times: how many flows have each number as the most that came within it, the highest first, `most` of them. Of all flows one in so
 * many is looked at.
 */
export async function highest(
  session: Session,
  { key, shape, field }: Totalled,
  times: readonly number[],
  oneIn: number,
  most: number,
): Promise<readonly (readonly Frequency[])[]> {
  const some = sql`${intDivide(sql`f.flow`, int(SPREAD_BITS))} % ${oneIn} = 0`;
  const totals = times.map(
    (time, n) =>
      sql`${filtered(totalOf(field), sql`o.start_ns >= s.start_ns - ${int(BigInt(time))}`)} AS t${n}`,
  );
  const maxima = times.map((_, n) => sql`max(t${n}) AS t${n}`);
  const counted = times.map(
    (_, n) =>
      sql`(SELECT ${n} AS time, t${n} AS total, count(*) AS flows FROM f GROUP BY t${n} ORDER BY t${n} DESC LIMIT ${most})`,
  );
  const rows =
    await session.rows(sql`WITH s AS (${spansOf({ key, shape, ...(field === undefined ? {} : { field }) }, some)}),
    t AS (${beforeEach(join(totals, ', '), BigInt(Math.max(...times)))}), f AS (SELECT ${join(maxima, ', ')} FROM t GROUP BY flow)
    SELECT * FROM (${join(counted, ' UNION ALL ')}) ORDER BY time, total DESC`);
  const found = times.map((): Frequency[] => []);
  for (const [time, total, flows] of rows)
    found[Number(time)]!.push({ total: Number(total), flows: Number(flows) });
  return found;
}

/** Flows are hashes of which some were chosen by their lowest bits already. */
const SPREAD_BITS = 2n ** 32n;

/** What is above a limit, and what is not. */
export interface Limited {
  /** Traces with such spans, and those of them with one that the total is above the limit with. */
  readonly all: Marked;
  readonly exceptions: Marked;
  /** Flows with a total above the limit, and those of them in which no trace alone has one. */
  readonly above: number;
  readonly elsewhere: number;
  /** Numbers of the traces of the flow that comes nearest to the limit. */
  readonly example: readonly bigint[];
}

export async function limited(
  session: Session,
  totalled: Totalled,
  withinNs: bigint,
  limit: number,
  mostTraces: number,
): Promise<Limited> {
  const breaks = sql`total > ${double(limit)}`;
  const [row = []] = await session.rows(sql`WITH ${totals(totalled, withinNs)},
    x AS (SELECT trace, ${anyTrue(breaks)} AS breaks FROM t GROUP BY trace)
    SELECT ${join([...marked(sql`true`, sql`m`), ...marked(sql`x.breaks`, sql`m`)], ', ')} FROM x JOIN ${MINED_TRACES} m ON m.trace = x.trace`);
  const [flows = []] = await session.rows(sql`WITH ${totals(totalled, withinNs)},
    f AS (SELECT t.flow AS flow, max(t.total) AS total, max(t.alone) AS alone, count(DISTINCT t.trace) AS traces, min(m.trace_id) AS first_id
      FROM t JOIN ${MINED_TRACES} m ON m.trace = t.trace GROUP BY t.flow)
    SELECT ${filtered(sql`count(*)`, breaks)}, ${filtered(sql`count(*)`, sql`${breaks} AND alone <= ${double(limit)}`)},
      ${filtered(argMax(sql`flow`, [sql`total`, sql`first_id`]), sql`NOT (${breaks}) AND traces BETWEEN 2 AND ${mostTraces}`)} FROM f`);
  const [, , nearest] = flows;
  const traces =
    typeof nearest === 'bigint'
      ? await session.rows(
          sql`WITH ${totals(totalled, withinNs)}
          SELECT t.trace, min(m.trace_id) AS first_id FROM t JOIN ${MINED_TRACES} m ON m.trace = t.trace WHERE t.flow = ${int(nearest)} GROUP BY t.trace ORDER BY first_id`,
        )
      : [];
  return {
    all: readMarked(row, 0),
    exceptions: readMarked(row, 3),
    ...numbersIn(flows, 'above', 'elsewhere'),
    example: traces.map(([trace]) => trace as bigint),
  };
}

/** A CTE `t`: each span with the total of those of its flow, and of those of its trace alone, that started at most so long before it; its own is part of both. */
function totals(totalled: Totalled, withinNs: bigint): Sql {
  const total = totalOf(totalled.field);
  const alone = filtered(total, sql`o.trace = s.trace`);
  return sql`s AS (${spansOf(totalled, TRUE)}), t AS (${beforeEach(sql`${total} AS total, ${alone} AS alone`, withinNs)})`;
}

function spansOf({ key, shape, field }: Totalled, some: Sql): Sql {
  const [number, valued] =
    field === undefined
      ? [sql`1`, sql``]
      : [sql`v.number`, sql` JOIN ${MINED_VALUES} v ON v.row = f.row AND v.key = ${field}`];
  return sql`SELECT f.row AS row, f.flow AS flow, f.trace AS trace, f.start_ns AS start_ns, ${number} AS number FROM ${MINED_FLOWS} f${valued} WHERE f.key = ${key} AND f.shape = ${shape} AND f.own AND ${some}`;
}

/** Aggregates over the spans `o` of the CTE `s` that started at most so long before each of them, which is called `s`: its own row is one of them. */
function beforeEach(aggregates: Sql, withinNs: bigint): Sql {
  return sql`SELECT s.flow AS flow, s.trace AS trace, ${aggregates}
    FROM s JOIN s o ON o.flow = s.flow AND o.start_ns <= s.start_ns AND o.start_ns >= s.start_ns - ${int(withinNs)} GROUP BY s.row, s.flow, s.trace`;
}

function totalOf(field: number | undefined): Sql {
  return field === undefined ? sql`count(*)` : exactSum(sql`o.number`);
}

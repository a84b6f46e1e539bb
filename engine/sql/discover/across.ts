/**
 * What nearly always holds between spans of one flow that are in different traces, as `mine.ts` asks it of one trace. Cases are spans; what
 * they keep is counted by the traces that they are in, so that the exceptions of any two findings can be seen to be the same.
 */
import type { Session } from '../store/store.js';
import { MINED_FLOWS, MINED_TRACES, MINED_VALUES } from '../tables.js';
import { anyTrue, argMin, cast, filtered, hex, int } from '../text/operations.js';
import { FALSE, join, type Sql, sql, TRUE } from '../text/sql.js';
import { type Marked, marked, readMarked } from './mine.js';
import { numbersIn } from './row-numbers.js';

/** Whether what a span asks for comes after it has ended, or has ended before it starts. */
export type Direction = 'after' | 'before';

/** Spans of shape `a` and those of shape `b` of their flows. */
export interface Asked {
  readonly key: number;
  readonly a: number;
  readonly b: number;
  readonly direction: Direction;
}

/** Of how many spans of `a` there is one of `b` on that side, however far; the other numbers say how far that is worth asking. */
export interface Neighbours extends Asked {
  readonly cases: number;
  readonly having: number;
  /** Of these: only in traces other than that of the span itself. */
  readonly elsewhere: number;
}

/** Of every two shapes that are in flows of a key together, on either side. */
export async function neighbours(
  session: Session,
  key: number,
  least: number,
): Promise<readonly Neighbours[]> {
  const sides = (['after', 'before'] as const).map((direction) => {
    const holds = onSide(direction);
    return [anyTrue(holds), anyTrue(sql`${holds} AND b.trace = a.trace`)] as const;
  });
  const [[after, afterInside], [before, beforeInside]] = sides as [
    (typeof sides)[number],
    (typeof sides)[number],
  ];
  const rows = await session.rows(sql`WITH f AS (SELECT * FROM ${MINED_FLOWS} WHERE key = ${key}),
    total AS (SELECT shape, count(*) AS n FROM f WHERE own GROUP BY shape),
    n AS (SELECT a.shape AS a, b.shape AS b, a.row AS row, ${after} AS after, ${afterInside} AS after_inside, ${before} AS before, ${beforeInside} AS before_inside
      FROM f a JOIN f b ON b.flow = a.flow AND b.shape <> a.shape WHERE a.own GROUP BY a.shape, b.shape, a.row)
    SELECT n.a, n.b, min(t.n), ${join(
      [sql`after`, sql`after AND NOT after_inside`, sql`before`, sql`before AND NOT before_inside`].map(
        (condition) => filtered(sql`count(*)`, condition),
      ),
      ', ',
    )} FROM n JOIN total t ON t.shape = n.a GROUP BY n.a, n.b HAVING count(*) >= ${least} ORDER BY n.a, n.b`);
  return rows.flatMap((row): readonly Neighbours[] => {
    const shapes = numbersIn(row, 'a', 'b', 'cases');
    return (['after', 'before'] as const).map((direction, n) => ({
      key,
      direction,
      ...shapes,
      ...numbersIn(row.slice(3 + 2 * n), 'having', 'elsewhere'),
    }));
  });
}

/** How far the nearest is, in nanoseconds, of all spans that have one: the farthest first, `most` of them. */
export async function distances(session: Session, asked: Asked, most: number): Promise<readonly number[]> {
  const { key, a, b, direction } = asked;
  const rows = await session.rows(sql`SELECT min(${distance(direction)}) AS far
    FROM ${MINED_FLOWS} a JOIN ${MINED_FLOWS} b ON b.key = a.key AND b.flow = a.flow
    WHERE a.key = ${key} AND a.own AND a.shape = ${a} AND b.shape = ${b} AND ${onSide(direction)}
    GROUP BY a.row ORDER BY far DESC LIMIT ${most}`);
  return rows.map(([far]) => Number(far));
}

/** What came of the cases of such a rule with a bound. */
export interface Kept {
  readonly cases: number;
  readonly violated: number;
  /** Violations that see beyond the start of what is stored. Cases that see beyond its end, and have not what they ask for, are none. */
  readonly atStart: number;
  /** Cases that are kept and would be on the other side, too: what is there anyhow is on both. */
  readonly bothSides: number;
  /** Traces with decided cases, and those of them with a violation. */
  readonly all: Marked;
  readonly exceptions: Marked;
  /** Numbers of the traces of a case that is kept, and of what it asks for. */
  readonly example: readonly bigint[];
}

/** Nanoseconds: when what is stored starts and ends. */
export interface Range {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export async function kept(session: Session, asked: Asked, withinNs: bigint, range: Range): Promise<Kept> {
  const early = sql`start_ns < ${int(range.startNs + withinNs)}`;
  const counted = [
    sql`NOT is_open`,
    sql`NOT holds AND NOT is_open`,
    sql`NOT holds AND NOT is_open AND ${early}`,
    sql`holds AND back`,
  ].map((condition, n) => sql`${filtered(sql`count(*)`, condition)} AS n${n}`);
  const [row = []] = await session.rows(sql`WITH ${casesSql(asked, withinNs, range)},
    t AS (SELECT trace, ${join(counted, ', ')}, ${filtered(sql`min(other)`, sql`holds`)} AS other FROM d GROUP BY trace)
    SELECT ${join(
      [
        ...[0, 1, 2, 3].map((n) => sql`coalesce(sum(t.n${n}), 0)`),
        ...marked(sql`t.n0 > 0`, sql`m`),
        ...marked(sql`t.n1 > 0`, sql`m`),
        filtered(argMin(sql`t.trace`, [sql`m.trace_id`]), sql`t.other IS NOT NULL`),
        filtered(argMin(sql`t.other`, [sql`m.trace_id`]), sql`t.other IS NOT NULL`),
      ],
      ', ',
    )} FROM t JOIN ${MINED_TRACES} m ON m.trace = t.trace`);
  const example = row.slice(10).flatMap((trace) => (typeof trace === 'bigint' ? [trace] : []));
  return {
    ...numbersIn(row, 'cases', 'violated', 'atStart', 'bothSides'),
    all: readMarked(row, 4),
    exceptions: readMarked(row, 7),
    example,
  };
}

/** Of some third shape: how many violations, and other cases, have it in their flow. */
export interface Instead {
  readonly violated: number;
  readonly kept: number;
}

/** Those that most violations have. */
export async function insteadOf(
  session: Session,
  asked: Asked,
  withinNs: bigint,
  range: Range,
): Promise<readonly Instead[]> {
  const rows = await session.rows(sql`WITH ${casesSql(asked, withinNs, range)},
    p AS (SELECT d.row AS row, o.shape AS shape, ${anyTrue(sql`d.holds`)} AS holds FROM d JOIN f o ON o.flow = d.flow AND o.trace <> d.trace
      WHERE NOT is_open AND o.shape NOT IN (${asked.a}, ${asked.b}) GROUP BY d.row, o.shape)
    SELECT ${filtered(sql`count(*)`, sql`NOT holds`)} AS violated, ${filtered(sql`count(*)`, sql`holds`)} AS kept FROM p GROUP BY shape ORDER BY violated DESC, kept LIMIT 5`);
  return rows.map(([violated, has]) => ({ violated: Number(violated), kept: Number(has) }));
}

/** The ids of traces by their numbers, in this order: 32 hex digits. */
export async function traceIds(session: Session, traces: readonly bigint[]): Promise<readonly string[]> {
  if (traces.length === 0) return [];
  const rows = await session.rows(
    sql`SELECT trace, ${hex(sql`trace_id`)} FROM ${MINED_TRACES} WHERE trace IN (${join(traces.map(int), ', ')})`,
  );
  const known = new Map(rows as [bigint, string][]);
  return traces.flatMap((trace) => known.get(trace) ?? []);
}

/** CTEs: `f` are the spans of flows of the key; `d` has a row for each case, and whether it is kept, and undecided. */
function casesSql({ key, a, b, direction }: Asked, withinNs: bigint, { endNs }: Range): Sql {
  const within = int(withinNs);
  const near = (side: Direction): Sql =>
    sql`coalesce(${onSide(side)} AND ${distance(side)} <= ${within}, false)`;
  const holds = near(direction);
  const back = near(direction === 'after' ? 'before' : 'after');
  const open = direction === 'after' ? sql`end_ns + ${within} > ${int(endNs)}` : FALSE;
  return sql`f AS (SELECT * FROM ${MINED_FLOWS} WHERE key = ${key}),
    c AS (SELECT a.row AS row, a.trace AS trace, a.flow AS flow, a.start_ns AS start_ns, a.end_ns AS end_ns, ${anyTrue(holds)} AS holds, ${anyTrue(back)} AS back, ${filtered(sql`min(b.trace)`, holds)} AS other
      FROM (SELECT * FROM f WHERE shape = ${a} AND own) a LEFT JOIN (SELECT * FROM f WHERE shape = ${b}) b ON b.flow = a.flow
      GROUP BY a.row, a.trace, a.flow, a.start_ns, a.end_ns),
    d AS (SELECT *, NOT holds AND ${open} AS is_open FROM c)`;
}

function onSide(direction: Direction): Sql {
  return direction === 'after' ? sql`b.start_ns >= a.end_ns` : sql`b.end_ns <= a.start_ns`;
}

/** From the end of `a` to the start of `b`, or from the start of `b` to that of `a`: as far as a case of `a` has to see. */
function distance(direction: Direction): Sql {
  return direction === 'after' ? sql`b.start_ns - a.end_ns` : sql`a.start_ns - b.start_ns`;
}

// --------------------------------------------------------------------------------------------------- of one shape

/** Spans of one shape that come again in a flow. */
export interface Repeats {
  readonly key: number;
  readonly shape: number;
  readonly spans: number;
  readonly flows: number;
  /** Flows that have several; and spans that come behind another one, of these those whose nearest one is in another trace. */
  readonly several: number;
  readonly again: number;
  readonly elsewhere: number;
}

export async function repeats(session: Session, key: number): Promise<readonly Repeats[]> {
  const rows = await session.rows(sql`WITH f AS (SELECT * FROM ${MINED_FLOWS} WHERE key = ${key} AND own),
    n AS (SELECT a.row AS row, a.shape AS shape, ${anyTrue(sql`b.trace <> a.trace`)} AS elsewhere FROM f a JOIN f b ON b.flow = a.flow AND b.shape = a.shape AND b.end_ns <= a.start_ns GROUP BY a.row, a.shape),
    x AS (SELECT shape, count(*) AS again, ${filtered(sql`count(*)`, sql`elsewhere`)} AS elsewhere FROM n GROUP BY shape)
    SELECT s.shape, sum(s.n), count(*), ${filtered(sql`count(*)`, sql`s.n > 1`)}, coalesce(min(x.again), 0), coalesce(min(x.elsewhere), 0)
    FROM (SELECT shape, flow, count(*) AS n FROM f GROUP BY shape, flow) s LEFT JOIN x ON x.shape = s.shape GROUP BY s.shape ORDER BY s.shape`);
  return rows.map((row) => ({
    key,
    ...numbersIn(row, 'shape', 'spans', 'flows', 'several', 'again', 'elsewhere'),
  }));
}

/** Spans of one shape after an earlier one of their flow in another trace, by how far that is; and whether a value of theirs is another one. */
export interface Again {
  /** Nanoseconds from the start of the nearest earlier one. */
  readonly far: number;
  readonly differs: boolean;
}

/** Ascending by distance, `most` of them. */
export async function again(
  session: Session,
  { key, shape, field }: { readonly key: number; readonly shape: number; readonly field?: number },
  most: number,
): Promise<readonly Again[]> {
  const spans = valued(key, shape, field);
  const rows = await session.rows(sql`WITH v AS (${spans}),
    n AS (SELECT a.row AS row, min(a.start_ns - b.start_ns) AS far, ${cast(sql`(${argMin(sql`b.value`, [sql`a.start_ns - b.start_ns`, sql`b.row`])} <> min(a.value))`, 'bool')} AS differs
      FROM v a JOIN v b ON b.flow = a.flow AND b.trace <> a.trace AND b.end_ns <= a.start_ns GROUP BY a.row)
    SELECT far, differs FROM n ORDER BY far, row LIMIT ${most}`);
  return rows.map(([far, differs]) => ({ far: Number(far), differs: differs === true }));
}

export interface Unlike extends Omit<Kept, 'atStart' | 'bothSides'> {
  /** Violations by a span of another trace. */
  readonly elsewhere: number;
}

/** Spans that come behind another one (behind one with another value, where a field is asked for) within a bound: those are violations. */
export async function unlike(
  session: Session,
  { key, shape, field }: { readonly key: number; readonly shape: number; readonly field?: number },
  withinNs: bigint,
): Promise<
  Pick<Kept, 'cases' | 'violated' | 'all' | 'exceptions' | 'example'> & { readonly elsewhere: number }
> {
  const near = sql`b.row IS NOT NULL AND a.start_ns - b.start_ns <= ${int(withinNs)}`;
  const breaks = field === undefined ? near : sql`${near} AND b.value <> a.value`;
  const cases = sql`WITH v AS (${valued(key, shape, field)}),
    c AS (SELECT a.row AS row, a.trace AS trace, coalesce(${anyTrue(breaks)}, false) AS violates, coalesce(${anyTrue(sql`${breaks} AND b.trace <> a.trace`)}, false) AS elsewhere,
        ${filtered(sql`min(b.trace)`, near)} AS other
      FROM v a LEFT JOIN v b ON b.flow = a.flow AND b.end_ns <= a.start_ns GROUP BY a.row, a.trace)`;
  // A case that has none to be like keeps the rule, but shows nothing.
  const shown = field === undefined ? TRUE : sql`other IS NOT NULL`;
  const counted = [shown, sql`violates`, sql`elsewhere`].map(
    (condition, n) => sql`${filtered(sql`count(*)`, condition)} AS n${n}`,
  );
  const keeps = sql`t.n0 > 0 AND t.n1 = 0`;
  const [row = []] =
    await session.rows(sql`${cases}, t AS (SELECT trace, ${join(counted, ', ')}, min(other) AS other FROM c GROUP BY trace)
    SELECT ${join(
      [
        ...[0, 1, 2].map((n) => sql`coalesce(sum(t.n${n}), 0)`),
        ...marked(sql`t.n0 > 0`, sql`m`),
        ...marked(sql`t.n1 > 0`, sql`m`),
        filtered(argMin(sql`t.trace`, [sql`m.trace_id`]), keeps),
        filtered(argMin(sql`coalesce(t.other, t.trace)`, [sql`m.trace_id`]), keeps),
      ],
      ', ',
    )} FROM t JOIN ${MINED_TRACES} m ON m.trace = t.trace`);
  const example = row.slice(9).flatMap((trace) => (typeof trace === 'bigint' ? [trace] : []));
  return {
    ...numbersIn(row, 'cases', 'violated', 'elsewhere'),
    all: readMarked(row, 3),
    exceptions: readMarked(row, 6),
    example,
  };
}

/** The spans of a shape that have a value of the field, which is 0 for all where none is asked for. */
function valued(key: number, shape: number, field: number | undefined): Sql {
  const mine = sql`f.key = ${key} AND f.shape = ${shape} AND f.own`;
  if (field === undefined) return sql`SELECT f.*, 0 AS value FROM ${MINED_FLOWS} f WHERE ${mine}`;
  return sql`SELECT f.*, v.value FROM ${MINED_FLOWS} f JOIN ${MINED_VALUES} v ON v.row = f.row AND v.key = ${field} WHERE ${mine}`;
}

/** Shapes and fields of theirs that several spans of a flow have, in different traces: which may have one value. */
export interface FlowField {
  readonly key: number;
  readonly shape: number;
  readonly field: number;
  /** Flows with several such spans; and those in which their values are not one. */
  readonly flows: number;
  readonly differing: number;
  /** Different values that there are. */
  readonly values: number;
}

export async function flowFields(
  session: Session,
  key: number,
  least: number,
): Promise<readonly FlowField[]> {
  const rows =
    await session.rows(sql`WITH x AS (SELECT f.flow AS flow, f.shape AS shape, v.key AS field, min(v.value) <> max(v.value) AS differs
      FROM ${MINED_FLOWS} f JOIN ${MINED_VALUES} v ON v.row = f.row WHERE f.key = ${key} AND f.own GROUP BY f.flow, f.shape, v.key HAVING min(f.trace) < max(f.trace)),
    d AS (SELECT f.shape AS shape, v.key AS field, count(DISTINCT v.value) AS n FROM ${MINED_FLOWS} f JOIN ${MINED_VALUES} v ON v.row = f.row WHERE f.key = ${key} GROUP BY f.shape, v.key)
    SELECT x.shape, x.field, count(*), ${filtered(sql`count(*)`, sql`differs`)}, min(d.n) FROM x JOIN d ON d.shape = x.shape AND d.field = x.field
    GROUP BY x.shape, x.field HAVING count(*) >= ${least} ORDER BY x.shape, x.field`);
  return rows.map((row) => ({
    key,
    ...numbersIn(row, 'shape', 'field', 'flows', 'differing', 'values'),
  }));
}

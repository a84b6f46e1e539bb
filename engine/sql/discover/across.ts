/**
 * What nearly always holds between spans of one flow that are in different traces, as `mine.ts` asks it of one trace. Cases are spans; what
 * they keep is counted by the traces that they are in, so that the exceptions of any two findings can be seen to be the same.
 */
import type { Session } from '../store/store.js';
import { MINED_FLOWS, MINED_TRACES, MINED_VALUES } from '../tables.js';
import { anyTrue, argMin, filtered, hex, int } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';
import { type Marked, marked, readMarked } from './mine.js';

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
    n AS (SELECT a.shape AS a, b.shape AS b, a.row, ${after} AS after, ${afterInside} AS after_inside, ${before} AS before, ${beforeInside} AS before_inside
      FROM f a JOIN f b ON b.flow = a.flow AND b.shape <> a.shape WHERE a.own GROUP BY a.shape, b.shape, a.row)
    SELECT n.a, n.b, min(t.n), ${join(
      [sql`after`, sql`after AND NOT after_inside`, sql`before`, sql`before AND NOT before_inside`].map(
        (condition) => filtered(sql`count(*)`, condition),
      ),
      ', ',
    )} FROM n JOIN total t ON t.shape = n.a GROUP BY n.a, n.b HAVING count(*) >= ${least} ORDER BY n.a, n.b`);
  return rows.flatMap((row): readonly Neighbours[] => {
    const [a, b, cases, ...counts] = row.map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return (['after', 'before'] as const).map((direction, n) => ({
      key,
      a,
      b,
      direction,
      cases,
      having: counts[2 * n]!,
      elsewhere: counts[2 * n + 1]!,
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
  /** Cases that see beyond the end of what is stored, and have not what they ask for. */
  readonly undecided: number;
  /** Violations that see beyond the start of what is stored. */
  readonly atStart: number;
  /** Cases that are kept and would be on the other side, too: what is there anyhow is on both. */
  readonly bothSides: number;
  /** Traces with decided cases, and those of them with a violation. */
  readonly all: Marked;
  readonly exceptions: Marked;
  /** Ids of the traces of a case that is kept, and of what it asks for: 32 hex digits. */
  readonly example: readonly string[];
  /** Share of the violations, and of the other cases, in whose flow some third shape is: that which tells them apart most. */
  readonly instead: readonly { readonly shape: number; readonly violated: number; readonly kept: number }[];
}

/** Nanoseconds: when what is stored starts and ends. */
export interface Range {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export async function kept(
  session: Session,
  { key, a, b, direction }: Asked,
  withinNs: bigint,
  { startNs, endNs }: Range,
): Promise<Kept> {
  const within = int(withinNs);
  const near = (side: Direction): Sql =>
    sql`coalesce(${onSide(side)} AND ${distance(side)} <= ${within}, false)`;
  const holds = near(direction);
  const open = direction === 'after' ? sql`end_ns + ${within} > ${int(endNs)}` : sql`false`;
  const cases = sql`WITH f AS (SELECT * FROM ${MINED_FLOWS} WHERE key = ${key}),
    c AS (SELECT a.row, a.trace, a.flow, a.start_ns, a.end_ns, ${anyTrue(holds)} AS holds, ${anyTrue(near(direction === 'after' ? 'before' : 'after'))} AS back,
        ${filtered(argMin(sql`b.trace`, [sql`b.start_ns`, sql`b.row`]), holds)} AS other
      FROM (SELECT * FROM f WHERE shape = ${a} AND own) a LEFT JOIN (SELECT * FROM f WHERE shape = ${b}) b ON b.flow = a.flow
      GROUP BY a.row, a.trace, a.flow, a.start_ns, a.end_ns),
    d AS (SELECT *, NOT holds AND ${open} AS is_open FROM c)`;
  const early = sql`start_ns < ${int(startNs + withinNs)}`;
  const [[all, violated, undecided, atStart, both] = []] = await session.rows(sql`${cases}
    SELECT count(*), ${filtered(sql`count(*)`, sql`NOT holds AND NOT is_open`)}, ${filtered(sql`count(*)`, sql`is_open`)},
      ${filtered(sql`count(*)`, sql`NOT holds AND NOT is_open AND ${early}`)}, ${filtered(sql`count(*)`, sql`holds AND back`)} FROM d`);
  const [row = []] = await session.rows(sql`${cases},
    t AS (SELECT trace, ${anyTrue(sql`NOT holds`)} AS violates FROM d WHERE NOT is_open GROUP BY trace)
    SELECT ${join([...marked(sql`true`, sql`m`), ...marked(sql`t.violates`, sql`m`)], ', ')} FROM t JOIN ${MINED_TRACES} m ON m.trace = t.trace`);
  const [example] = await session.rows(sql`${cases}
    SELECT ${hex(sql`m.trace_id`)}, ${hex(sql`o.trace_id`)} FROM d JOIN ${MINED_TRACES} m ON m.trace = d.trace JOIN ${MINED_TRACES} o ON o.trace = d.other
    WHERE holds ORDER BY m.trace_id LIMIT 1`);
  const instead = await session.rows(sql`${cases},
    p AS (SELECT d.row, o.shape, ${anyTrue(sql`d.holds`)} AS holds FROM d JOIN f o ON o.flow = d.flow AND o.trace <> d.trace WHERE NOT is_open AND o.shape NOT IN (${a}, ${b}) GROUP BY d.row, o.shape)
    SELECT shape, ${filtered(sql`count(*)`, sql`NOT holds`)}, ${filtered(sql`count(*)`, sql`holds`)} FROM p GROUP BY shape ORDER BY 2 DESC, 1 LIMIT 5`);
  const [broken, decided] = [Number(violated), Number(all) - Number(undecided)];
  return {
    cases: decided,
    violated: broken,
    undecided: Number(undecided),
    atStart: Number(atStart),
    bothSides: Number(both),
    all: readMarked(row, 0),
    exceptions: readMarked(row, 3),
    example: (example ?? []).map(String),
    instead: instead.map(([shape, without, having]) => ({
      shape: Number(shape),
      violated: broken === 0 ? 0 : Number(without) / broken,
      kept: Number(having) / Math.max(1, decided - broken),
    })),
  };
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
    n AS (SELECT a.row, a.shape, ${anyTrue(sql`b.trace <> a.trace`)} AS elsewhere FROM f a JOIN f b ON b.flow = a.flow AND b.shape = a.shape AND b.end_ns <= a.start_ns GROUP BY a.row, a.shape),
    x AS (SELECT shape, count(*) AS again, ${filtered(sql`count(*)`, sql`elsewhere`)} AS elsewhere FROM n GROUP BY shape)
    SELECT s.shape, sum(s.n), count(*), ${filtered(sql`count(*)`, sql`s.n > 1`)}, coalesce(min(x.again), 0), coalesce(min(x.elsewhere), 0)
    FROM (SELECT shape, flow, count(*) AS n FROM f GROUP BY shape, flow) s LEFT JOIN x ON x.shape = s.shape GROUP BY s.shape ORDER BY s.shape`);
  return rows.map((row) => {
    const [shape, spans, flows, several, again, elsewhere] = row.map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return { key, shape, spans, flows, several, again, elsewhere };
  });
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
    n AS (SELECT a.row, min(a.start_ns - b.start_ns) AS far, ${argMin(sql`b.value`, [sql`a.start_ns - b.start_ns`, sql`b.row`])} <> min(a.value) AS differs
      FROM v a JOIN v b ON b.flow = a.flow AND b.trace <> a.trace AND b.end_ns <= a.start_ns GROUP BY a.row)
    SELECT far, differs FROM n ORDER BY far, row LIMIT ${most}`);
  return rows.map(([far, differs]) => ({ far: Number(far), differs: differs === true }));
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
    c AS (SELECT a.row, a.trace, coalesce(${anyTrue(breaks)}, false) AS violates, coalesce(${anyTrue(sql`${breaks} AND b.trace <> a.trace`)}, false) AS elsewhere,
        ${filtered(argMin(sql`b.trace`, [sql`b.start_ns`, sql`b.row`]), near)} AS other
      FROM v a LEFT JOIN v b ON b.flow = a.flow AND b.end_ns <= a.start_ns GROUP BY a.row, a.trace)`;
  // A case that has none to be like keeps the rule, but shows nothing.
  const shown = field === undefined ? sql`true` : sql`other IS NOT NULL`;
  const [[all, violated, elsewhere] = []] = await session.rows(
    sql`${cases} SELECT ${join(
      [shown, sql`violates`, sql`elsewhere`].map((condition) => filtered(sql`count(*)`, condition)),
      ', ',
    )} FROM c`,
  );
  const [row = []] =
    await session.rows(sql`${cases}, t AS (SELECT trace, ${anyTrue(sql`violates`)} AS violates FROM c WHERE ${shown} GROUP BY trace)
    SELECT ${join([...marked(sql`true`, sql`m`), ...marked(sql`t.violates`, sql`m`)], ', ')} FROM t JOIN ${MINED_TRACES} m ON m.trace = t.trace`);
  const [example] = await session.rows(sql`${cases}
    SELECT ${hex(sql`m.trace_id`)}, ${hex(sql`o.trace_id`)} FROM c JOIN ${MINED_TRACES} m ON m.trace = c.trace LEFT JOIN ${MINED_TRACES} o ON o.trace = c.other
    WHERE NOT violates AND ${shown} ORDER BY m.trace_id LIMIT 1`);
  return {
    cases: Number(all),
    violated: Number(violated),
    elsewhere: Number(elsewhere),
    all: readMarked(row, 0),
    exceptions: readMarked(row, 3),
    example: (example ?? []).flatMap((id) => (id === null ? [] : [String(id)])),
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
    await session.rows(sql`WITH x AS (SELECT f.flow, f.shape, v.key AS field, min(v.value) <> max(v.value) AS differs
      FROM ${MINED_FLOWS} f JOIN ${MINED_VALUES} v ON v.row = f.row WHERE f.key = ${key} AND f.own GROUP BY f.flow, f.shape, v.key HAVING min(f.trace) < max(f.trace)),
    d AS (SELECT f.shape, v.key AS field, count(DISTINCT v.value) AS n FROM ${MINED_FLOWS} f JOIN ${MINED_VALUES} v ON v.row = f.row WHERE f.key = ${key} GROUP BY f.shape, v.key)
    SELECT x.shape, x.field, count(*), ${filtered(sql`count(*)`, sql`differs`)}, min(d.n) FROM x JOIN d ON d.shape = x.shape AND d.field = x.field
    GROUP BY x.shape, x.field HAVING count(*) >= ${least} ORDER BY x.shape, x.field`);
  return rows.map((row) => {
    const [shape, field, flows, differing, values] = row.map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { key, shape, field, flows, differing, values };
  });
}

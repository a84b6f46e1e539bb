/**
 * What nearly always holds between spans, counted over all traces at once. Which traces are exceptions is known by a mark: the sum of a hash
 * of their ids, so that two findings with the same exceptions can be seen to be one without a list of them.
 */
import type { Window } from '../relations/window.js';
import type { Session, Store } from '../store/store.js';
import { MINED_BY_TRACE, MINED_OCCURRENCES, MINED_OVERLAPS, MINED_TRACES, MINED_VALUES } from '../tables.js';
import { dropTable, filtered, hex, isIn, list, tableAs, wholeSum } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';
import { numbersIn } from './row-numbers.js';

/** Some traces: how many, and the mark of all of them together. */
export interface Marked {
  readonly count: number;
  readonly mark: bigint;
  /** One in which it holds, if there is any: 32 hex digits. */
  readonly example?: string;
}

export function without(all: Marked, some: Marked): Marked {
  return { count: all.count - some.count, mark: all.mark - some.mark };
}

/** Makes what is asked several times: shapes by trace, and which shapes share a span. To be called once all units are there. */
export async function startMining(db: Store): Promise<void> {
  await db.run(
    tableAs(
      MINED_BY_TRACE,
      sql`SELECT o.trace AS trace, o.shape AS shape, count(*) AS n, min(o.start_ns) AS min_start, max(o.start_ns) AS max_start, min(o.end_ns) AS min_end, max(o.end_ns) AS max_end,
        min(t.mark) AS mark, min(t.trace_id) AS trace_id FROM ${MINED_OCCURRENCES} o JOIN ${MINED_TRACES} t ON t.trace = o.trace GROUP BY o.trace, o.shape`,
      { replace: true },
    ),
  );
  await db.run(
    tableAs(
      MINED_OVERLAPS,
      sql`SELECT DISTINCT a.shape AS a, b.shape AS b FROM ${MINED_OCCURRENCES} a JOIN ${MINED_OCCURRENCES} b ON a.row = b.row AND a.shape <> b.shape`,
      { replace: true },
    ),
  );
}

export async function stopMining(db: Store): Promise<void> {
  const tables = [MINED_BY_TRACE, MINED_OVERLAPS, MINED_OCCURRENCES, MINED_TRACES, MINED_VALUES];
  await db.run(join(tables.map(dropTable), ';\n'));
}

/** The columns of some traces, those for which the condition holds, and what reads them from a row. */
export const marked = (condition: Sql, span = sql`a`): readonly Sql[] => [
  filtered(sql`count(*)`, condition),
  sql`coalesce(${filtered(wholeSum(sql`${span}.mark`), condition)}, 0)`,
  hex(filtered(sql`min(${span}.trace_id)`, condition)),
];

export function readMarked(row: readonly unknown[], place: number): Marked {
  const example = row[place + 2];
  return {
    count: Number(row[place]),
    mark: BigInt(row[place + 1] as bigint | number),
    ...(typeof example === 'string' ? { example } : {}),
  };
}

/** From the first start to the last end of all traces, or to the end of the window; undefined where there is none. Nanoseconds. */
export async function rangeOf(
  session: Session,
  { toNs }: Pick<Window, 'toNs'>,
): Promise<{ readonly startNs: bigint; readonly endNs: bigint } | undefined> {
  const [[start, end] = []] = await session.rows(sql`SELECT min(start_ns), max(end_ns) FROM ${MINED_TRACES}`);
  return typeof start === 'bigint' && typeof end === 'bigint'
    ? { startNs: start, endNs: toNs ?? end }
    : undefined;
}

/** By shape: the traces that have it. */
export async function shapeTraces(session: Session): Promise<ReadonlyMap<number, Marked>> {
  const rows = await session.rows(
    sql`SELECT a.shape, ${join(marked(sql`true`), ', ')} FROM ${MINED_BY_TRACE} a GROUP BY a.shape ORDER BY a.shape`,
  );
  return new Map(rows.map((row) => [Number(row[0]), readMarked(row, 1)]));
}

/** Two shapes in one trace, no span of which is of both. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly both: Marked;
  /** Of these: a span of `b` has ended before each of `a` begins, or begins after each of `a` has ended. */
  readonly before: Marked;
  readonly after: Marked;
}

export async function pairs(session: Session, leastTraces: number): Promise<readonly Pair[]> {
  const columns = [
    ...marked(sql`true`),
    ...marked(sql`b.min_end <= a.min_start`),
    ...marked(sql`b.max_start >= a.max_end`),
  ];
  const rows = await session.rows(sql`SELECT a.shape, b.shape, ${join(columns, ', ')}
    FROM ${MINED_BY_TRACE} a JOIN ${MINED_BY_TRACE} b ON a.trace = b.trace AND a.shape <> b.shape
    WHERE NOT EXISTS (SELECT 1 FROM ${MINED_OVERLAPS} o WHERE o.a = a.shape AND o.b = b.shape)
    GROUP BY a.shape, b.shape HAVING count(*) >= ${leastTraces} ORDER BY a.shape, b.shape`);
  return rows.map((row) => ({
    ...numbersIn(row, 'a', 'b'),
    both: readMarked(row, 2),
    before: readMarked(row, 5),
    after: readMarked(row, 8),
  }));
}

/** How many spans of a shape there are under one of another (its children), or in a trace. */
export interface Counted {
  /** Undefined for the trace. */
  readonly parent?: number;
  readonly child: number;
  /** Ascending by `count`, from 1: traces with so many under one parent at most. */
  readonly most: readonly { readonly count: number; readonly traces: Marked }[];
}

export async function counts(session: Session): Promise<readonly Counted[]> {
  const perParent = sql`SELECT p.shape AS parent, c.shape AS child, p.trace AS trace, count(*) AS n
    FROM ${MINED_OCCURRENCES} c JOIN ${MINED_OCCURRENCES} p ON p.trace = c.trace AND p.nested_left = c.nested_parent WHERE p.nested_left > 0 GROUP BY p.shape, c.shape, p.trace, p.row`;
  const perTrace = sql`SELECT -1 AS parent, shape AS child, trace, n FROM ${MINED_BY_TRACE}`;
  const most = sql`SELECT parent, child, trace, max(n) AS n FROM (${perParent} UNION ALL ${perTrace}) GROUP BY parent, child, trace`;
  const rows = await session.rows(sql`SELECT m.parent, m.child, m.n, ${join(marked(sql`true`, sql`t`), ', ')}
    FROM (${most}) m JOIN ${MINED_TRACES} t ON t.trace = m.trace GROUP BY m.parent, m.child, m.n ORDER BY m.parent, m.child, m.n`);
  const found = new Map<
    string,
    { parent: number; child: number; most: { count: number; traces: Marked }[] }
  >();
  for (const row of rows) {
    const [parent, child, count] = [Number(row[0]), Number(row[1]), Number(row[2])];
    const key = `${parent} ${child}`;
    const known = found.get(key) ?? { parent, child, most: [] };
    found.set(key, known);
    known.most.push({ count, traces: readMarked(row, 3) });
  }
  return [...found.values()].map(({ parent, ...rest }) => (parent < 0 ? rest : { parent, ...rest }));
}

/** What spans of a shape in a trace say of a key. */
export interface KeyOfShape {
  readonly shape: number;
  readonly key: number;
  /** Spans of the shape, and those of them that have the key. */
  readonly spans: number;
  readonly having: number;
  readonly different: number;
  readonly numbers: number;
  /** Traces in which some span of the shape has it; in which every one has; in which no value of it is there twice; and that have several of the shape. */
  readonly traces: Marked;
  readonly complete: Marked;
  readonly unique: Marked;
  readonly several: number;
}

export async function keysOfShapes(session: Session, leastSpans: number): Promise<readonly KeyOfShape[]> {
  const byTrace = sql`SELECT o.shape AS shape, v.key AS key, o.trace AS trace, count(*) AS having, count(DISTINCT v.value) AS different, count(v.number) AS numbers
    FROM ${MINED_OCCURRENCES} o JOIN ${MINED_VALUES} v ON v.row = o.row GROUP BY o.shape, v.key, o.trace`;
  const total = sql`SELECT shape, sum(n) AS spans FROM ${MINED_BY_TRACE} GROUP BY shape`;
  const different = sql`SELECT o.shape AS shape, v.key AS key, count(DISTINCT v.value) AS different FROM ${MINED_OCCURRENCES} o JOIN ${MINED_VALUES} v ON v.row = o.row GROUP BY o.shape, v.key`;
  const rows =
    await session.rows(sql`SELECT a.shape, x.key, min(s.spans), sum(x.having), min(d.different), sum(x.numbers), ${filtered(sql`count(*)`, sql`a.n > 1`)},
      ${join([...marked(sql`x.having = a.n`), ...marked(sql`x.different = x.having`), ...marked(sql`true`)], ', ')}
    FROM (${byTrace}) x JOIN ${MINED_BY_TRACE} a ON a.trace = x.trace AND a.shape = x.shape
      JOIN (${total}) s ON s.shape = a.shape JOIN (${different}) d ON d.shape = a.shape AND d.key = x.key
    GROUP BY a.shape, x.key HAVING sum(x.having) >= ${leastSpans} ORDER BY a.shape, x.key`);
  return rows.map((row) => ({
    ...numbersIn(row, 'shape', 'key', 'spans', 'having', 'different', 'numbers', 'several'),
    complete: readMarked(row, 7),
    unique: readMarked(row, 10),
    traces: readMarked(row, 13),
  }));
}

/** Two shapes that have a key, in one trace. */
export interface SharedKey {
  readonly a: number;
  readonly b: number;
  readonly key: number;
  readonly both: Marked;
  /** Of these: all their values are one. */
  readonly same: Marked;
}

export async function sharedKeys(
  session: Session,
  keys: readonly number[],
  leastTraces: number,
): Promise<readonly SharedKey[]> {
  if (keys.length === 0) return [];
  const byTrace = sql`SELECT o.shape AS shape, v.key AS key, o.trace AS trace, min(v.value) AS low, max(v.value) AS high
    FROM ${MINED_OCCURRENCES} o JOIN ${MINED_VALUES} v ON v.row = o.row WHERE ${isIn(list(keys.map((key) => sql`${key}`)), sql`v.key`)} GROUP BY o.shape, v.key, o.trace`;
  const rows = await session.rows(sql`WITH x AS (${byTrace})
    SELECT p.shape, q.shape, p.key, ${join([...marked(sql`true`, sql`t`), ...marked(sql`p.low = q.low AND p.high = q.high AND p.low = p.high`, sql`t`)], ', ')}
    FROM x p JOIN x q ON p.trace = q.trace AND p.key = q.key AND p.shape <> q.shape JOIN ${MINED_TRACES} t ON t.trace = p.trace
    WHERE NOT EXISTS (SELECT 1 FROM ${MINED_OVERLAPS} o WHERE o.a = p.shape AND o.b = q.shape)
    GROUP BY p.shape, q.shape, p.key HAVING count(*) >= ${leastTraces} ORDER BY p.shape, q.shape, p.key`);
  return rows.map((row) => ({
    ...numbersIn(row, 'a', 'b', 'key'),
    both: readMarked(row, 3),
    same: readMarked(row, 6),
  }));
}

/** From which number on a span of one shape comes with one of another, as far as traces show it that have one span of the first. */
export interface Threshold {
  readonly a: number;
  readonly b: number;
  readonly key: number;
  /** The least number with which it came; and the greatest below it with which it did not. */
  readonly from: number;
  readonly below: number;
  /** Traces from there on, and those of them that have both. */
  readonly above: Marked;
  readonly both: Marked;
}

/** Of these pairs of shapes and these keys, each of which has numbers. */
export async function thresholds(
  session: Session,
  asked: readonly { readonly a: number; readonly b: number; readonly key: number }[],
): Promise<readonly Threshold[]> {
  const found: Threshold[] = [];
  for (const { a, b, key } of asked) {
    const numbers = sql`SELECT a.trace AS trace, a.mark AS mark, a.trace_id AS trace_id, v.number AS number, x.trace IS NOT NULL AS has
      FROM ${MINED_BY_TRACE} a JOIN ${MINED_OCCURRENCES} o ON o.trace = a.trace AND o.shape = a.shape JOIN ${MINED_VALUES} v ON v.row = o.row AND v.key = ${key}
        LEFT JOIN (SELECT trace FROM ${MINED_BY_TRACE} WHERE shape = ${b}) x ON x.trace = a.trace
      WHERE a.shape = ${a} AND a.n = 1 AND v.number IS NOT NULL`;
    const rows =
      await session.rows(sql`WITH n AS (${numbers}), f AS (SELECT min(number) AS low FROM n WHERE has)
      SELECT min(f.low), max(CASE WHEN n.number < f.low THEN n.number END), ${join([...marked(sql`n.number >= f.low`, sql`n`), ...marked(sql`n.number >= f.low AND n.has`, sql`n`)], ', ')} FROM n, f`);
    const [row] = rows;
    if (row === undefined || row[0] === null || row[1] === null) continue;
    found.push({
      a,
      b,
      key,
      ...numbersIn(row, 'from', 'below'),
      above: readMarked(row, 2),
      both: readMarked(row, 5),
    });
  }
  return found;
}

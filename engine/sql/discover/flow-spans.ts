/** The flows that rules across traces may be about: which spans of which shape belong to which value of a key, in whatever traces they are. */
import { carriedField } from '../../plan/carried.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { Ctes } from '../compile/ctes.js';
import { PredicateColumns } from '../compile/scan/predicate-columns.js';
import { spanKeysSql } from '../flows/span-keys.js';
import { dropTables } from '../store/drop-tables.js';
import type { Store } from '../store/store.js';
import {
  LINKS,
  MATCHED,
  MINED_FLOWS,
  MINED_LINKED,
  MINED_OCCURRENCES,
  MINED_TRACES,
  SPANS,
} from '../tables.js';
import {
  cast,
  deleteFrom,
  element,
  emptyTable,
  filtered,
  hash63,
  list,
  placeIn,
  text,
} from '../text/operations.js';
import { join, type Sql, sql, TRUE } from '../text/sql.js';
import { failed } from './failed.js';
import type { FlowKey } from './key-traces.js';
import type { SpanShape } from './occurrences.js';

/** Spans of a name, or those of them whose status is an error. */
export type FlowShape = Pick<SpanShape, 'name' | 'isFailed'>;

export interface MinedKeys {
  readonly keys: readonly FlowKey[];
  /** Those that are a name, or of a name those that failed; a shape's place in this list is its number. */
  readonly shapes: readonly FlowShape[];
  /** Of all values of a key one in so many is looked at. */
  readonly oneIn: number;
}

/** Pairs of spans of one flow that may be compared for each key. */
const MOST_PAIRS = 20_000_000;
/** Larger flows are left out. */
const MOST_SPANS_OF_FLOW = 2000;

/** Makes the tables. A span of a trace that is linked with others is also in their flows: there it is not `own`. */
export async function startFlows(db: Store): Promise<void> {
  await dropTables(db, [MINED_FLOWS, MINED_LINKED]);
  await db.run(
    emptyTable(MINED_FLOWS, [
      ['key', 'int32'],
      ['flow', 'int64'],
      ['shape', 'int32'],
      ['row', 'int64'],
      ['trace', 'int64'],
      ['start_ns', 'int64'],
      ['end_ns', 'int64'],
      ['own', 'bool'],
    ]),
  );
  await db.run(
    emptyTable(MINED_LINKED, [
      ['trace', 'int64'],
      ['trace_id', 'bytes'],
    ]),
  );
}

/** Takes the flows out of the unit at hand. */
export async function addFlows(
  db: Store,
  columns: AttributeColumns,
  { keys, shapes, oneIn }: MinedKeys,
): Promise<void> {
  const relations = { columns, predicates: new PredicateColumns([], columns), matched: MATCHED };
  const kinds = [false, true]
    .map((isFailed) => shapesOf(shapes, isFailed))
    .filter(({ names }) => names.length > 0);
  await db.each(keys, async (session, attributes, key) => {
    const fields = attributes.map((attribute) => ({ field: carriedField(attribute), text: attribute.key }));
    const spanKeys = spanKeysSql(fields, 'all', columns, new Ctes(relations));
    const ofKinds = kinds.map(
      ({ number, place, only }) =>
        sql`SELECT ${key}, flow, ${number}, row, trace, start_ns, end_ns, true FROM k WHERE ${place} > 0 AND ${only}`,
    );
    await session.run(sql`INSERT INTO ${MINED_FLOWS}
      WITH k AS (SELECT ${hash63(sql`k.flow`)} AS flow, k.row AS row, k.trace AS trace, k.start_ns AS start_ns, s.start_ns + s.duration_ns AS end_ns, s.name AS name, ${failed(sql`s`)} AS failed
        FROM (${spanKeys}) k JOIN ${SPANS} s ON s.row = k.row WHERE ${hash63(sql`k.flow`)} % ${oneIn} = 0)
      ${join(ofKinds, ' UNION ALL ')}`);
  });
  await db.run(
    sql`INSERT INTO ${MINED_LINKED} SELECT DISTINCT s.trace, l.trace_id FROM ${LINKS} l JOIN ${SPANS} s ON s.row = l.row`,
  );
}

/** Those of the shapes that failed, or the others: their names, and the number of the shape of a row of `k`, whose name has a place among them. */
function shapesOf(
  shapes: readonly FlowShape[],
  isFailed: boolean,
): { readonly names: readonly string[]; readonly number: Sql; readonly place: Sql; readonly only: Sql } {
  const some = shapes.flatMap(({ name, isFailed: has = false }, number) =>
    name !== undefined && has === isFailed ? [{ name, number }] : [],
  );
  const names = some.map(({ name }) => name);
  const place = placeIn(list(names.map(text)), sql`k.name`);
  return {
    names,
    number: element(list(some.map(({ number }) => sql`${number}`)), place),
    place,
    only: isFailed ? sql`failed` : TRUE,
  };
}

/** A key as it turned out to be, once all units are there. */
export interface FoundKey {
  /** In the list of keys; for the links of traces, the number behind the last of them. */
  readonly key: number;
  readonly flows: number;
}

/**
 * Makes the flows of links, whose key is `linked`, and leaves out flows that are too large, and so many of the others that the pairs of spans of one flow stay within a bound.
 */
export async function finishFlows(
  db: Store,
  linked: number,
  { shapes, oneIn }: Pick<MinedKeys, 'shapes' | 'oneIn'>,
): Promise<readonly FoundKey[]> {
  await addLinkedFlows(db, linked, shapes.length, oneIn);
  const flows = sql`SELECT key, flow, count(*) AS n FROM ${MINED_FLOWS} GROUP BY key, flow`;
  const size = sql`${cast(sql`n`, 'double')} * n`;
  const small = sql`n <= ${MOST_SPANS_OF_FLOW}`;
  const rows =
    await db.rows(sql`SELECT key, ${filtered(sql`count(*)`, small)}, coalesce(${filtered(sql`sum(${size})`, small)}, 0)
    FROM (${flows}) GROUP BY key ORDER BY key`);
  const found: FoundKey[] = [];
  for (const [number, count, pairs] of rows) {
    const key = Number(number);
    const fewer = Math.ceil(Number(pairs) / MOST_PAIRS);
    if (fewer > 1) await db.run(deleteFrom(MINED_FLOWS, sql`key = ${key} AND flow % ${oneIn * fewer} <> 0`));
    found.push({ key, flows: Math.ceil(Number(count) / Math.max(1, fewer)) });
  }
  await db.run(
    deleteFrom(
      MINED_FLOWS,
      sql`(key, flow) IN (SELECT key, flow FROM (${flows}) WHERE n > ${MOST_SPANS_OF_FLOW})`,
    ),
  );
  return found;
}

/** Each trace with those that it links to or that link to it is a flow: of its own spans, and of theirs. */
async function addLinkedFlows(db: Store, key: number, shapes: number, oneIn: number): Promise<void> {
  const [[any] = []] = await db.rows(
    sql`SELECT count(*) FROM ${MINED_LINKED} l JOIN ${MINED_TRACES} t ON t.trace_id = l.trace_id WHERE t.trace <> l.trace`,
  );
  if (Number(any ?? 0) === 0) return;
  const linked: Sql = sql`SELECT l.trace AS a, t.trace AS b FROM ${MINED_LINKED} l JOIN ${MINED_TRACES} t ON t.trace_id = l.trace_id`;
  await db.run(sql`INSERT INTO ${MINED_FLOWS} WITH pairs AS (${linked}),
    near AS (SELECT a AS middle, b AS trace FROM pairs UNION SELECT b, a FROM pairs UNION SELECT trace, trace FROM ${MINED_TRACES})
    SELECT ${key}, m.mark, o.shape, o.row, o.trace, o.start_ns, o.end_ns, near.middle = near.trace
    FROM near JOIN ${MINED_TRACES} m ON m.trace = near.middle JOIN ${MINED_OCCURRENCES} o ON o.trace = near.trace
    WHERE o.shape < ${shapes} AND m.mark % ${oneIn} = 0`);
}

export async function stopFlows(db: Store): Promise<void> {
  await dropTables(db, [MINED_FLOWS, MINED_LINKED]);
}

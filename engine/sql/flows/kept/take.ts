/**
 * Takes what rules across traces look at out of traces in memory, and keeps it on disk, in the place of what was kept of these traces
 * before. Spans that were there before keep their numbers, so that a case is known again.
 */

import { inTransaction } from '../../store/kept-file.js';
import type { Session, Store } from '../../store/store.js';
import {
  FLOW_EVENTS,
  FLOW_LINKED,
  FLOW_LINKS,
  FLOW_MATCHED,
  FLOW_TRACES,
  flowKeys,
  KEPT_CHANGED,
  KEPT_EVENTS,
  KEPT_KEYS,
  KEPT_LINKED,
  KEPT_LINKS,
  KEPT_SPANS,
  KEPT_TRACES,
  ROW_NUMBERS,
  TAKEN_AGAIN,
  TRACES,
} from '../../tables.js';
import { allReplacing, int, semiJoin, tableAs, text } from '../../text/operations.js';
import { join, names, type Sql, sql } from '../../text/sql.js';
import type { FlowKeys } from '../flow-keys.js';
import { linkedFlow, TRACE_COLUMNS } from '../flow-run.js';
import { WIDE_TABLES, widen } from './kept-tables.js';

export interface Taking {
  readonly tenant: string;
  readonly keys: FlowKeys;
  readonly items: readonly ('events' | 'links')[];
  /** Numbers from here on are free. */
  readonly nextRow: bigint;
  readonly nextTrace: bigint;
  /** Cases that see no span from here on are settled. */
  readonly settledNs: bigint;
}

export interface Taken {
  /** How many spans are kept more than before. */
  readonly more: number;
  /** Spans that were not there before, and that come when all cases are settled that see them. */
  readonly late: number;
}

/** What `FlowRun.add` has left in memory. Resolves once it survives a crash. */
export async function takeFlows(db: Store, taking: Taking): Promise<Taken> {
  const { tenant, keys, nextRow } = taking;
  const mine = sql`tenant = ${text(tenant)}`;
  await db.run(
    tableAs(
      TAKEN_AGAIN,
      sql`SELECT k.trace, k.trace_id FROM ${KEPT_TRACES} k ${semiJoin(TRACES, { using: ['trace_id'] })} WHERE ${mine}`,
      REPLACE,
    ),
  );
  const again = (await count(db, sql`${TAKEN_AGAIN}`)) > 0;
  const rows = await count(db, sql`${FLOW_MATCHED}`);
  const matched = rows > 0 || (await anyEvery(db, keys));
  if (!matched && !again) return { more: 0, late: 0 };
  for (const table of WIDE_TABLES)
    if (table.kept === KEPT_SPANS || taking.items.some((item) => ITEM_TABLES[item].kept === table.kept))
      await widen(db, table);
  await numberRows(db, keys, nextRow, again, mine);
  const before = again
    ? await count(db, sql`${KEPT_SPANS} ${semiJoin(TAKEN_AGAIN, { using: ['trace'] })} WHERE ${mine}`)
    : 0;
  await inTransaction(db, async () => {
    if (again) await letGoOfOld(db, taking, mine);
    await insert(db, taking);
  });
  return { more: rows - before, late: await countLate(db, taking) };
}

async function countLate(db: Session, { keys, nextRow, settledNs }: Taking): Promise<number> {
  const late = keys.all.map(({ key, withinNs }, n) => {
    const spans =
      key.kind === 'links' ? FLOW_MATCHED : sql`${flowKeys(n)} k JOIN ${FLOW_MATCHED} m USING (row)`;
    const end = key.kind === 'links' ? sql`end_ns` : sql`m.end_ns`;
    return sql`SELECT row FROM ${spans} WHERE ${end} + 2 * ${int(withinNs)} < ${int(settledNs)}`;
  });
  if (settledNs === 0n || late.length === 0) return 0;
  const fresh = sql`SELECT local FROM ${ROW_NUMBERS} WHERE row >= ${int(nextRow)}`;
  return await count(db, sql`(${join(late, ' UNION ')}) WHERE row IN (${fresh})`);
}

const REPLACE = { replace: true } as const;
const ITEM_TABLES = {
  events: { kept: KEPT_EVENTS, taken: FLOW_EVENTS },
  links: { kept: KEPT_LINKS, taken: FLOW_LINKS },
} as const;

async function count(db: Session, from: Sql): Promise<number> {
  const [row] = await db.rows(sql`SELECT count(*) FROM ${from}`);
  return Number(row?.[0]);
}

async function anyEvery(db: Session, { all }: FlowKeys): Promise<boolean> {
  for (const [n, { every }] of all.entries()) if (every && (await count(db, flowKeys(n))) > 0) return true;
  return false;
}

/** `ROW_NUMBERS`: which number a row of this batch, `local`, has among those that are kept. */
async function numberRows(
  db: Session,
  { all }: FlowKeys,
  nextRow: bigint,
  again: boolean,
  mine: Sql,
): Promise<void> {
  const keyed = all.flatMap(({ key }, n) =>
    key.kind === 'key' ? [sql`SELECT row FROM ${flowKeys(n)}`] : [],
  );
  const every = join([sql`SELECT row FROM ${FLOW_MATCHED}`, ...keyed], ' UNION ');
  const fresh = sql`SELECT row AS local, row + ${int(nextRow)} AS row FROM (${every})`;
  if (!again) {
    await db.run(tableAs(ROW_NUMBERS, fresh, REPLACE));
    return;
  }
  const same = ['trace_id', 'span_id', 'kind', 'start_ns', 'name'];
  const old = sql`SELECT k.row, a.trace_id, k.span_id, k.kind, k.start_ns, k.name FROM ${KEPT_SPANS} k JOIN ${TAKEN_AGAIN} a USING (trace) WHERE ${mine}`;
  const now = sql`SELECT m.row AS local, t.trace_id, m.span_id, m.kind, m.start_ns, m.name FROM ${FLOW_MATCHED} m JOIN ${TRACES} t USING (trace)`;
  const known = sql`SELECT n.local, o.row FROM (${now}) n JOIN (${old}) o USING (${join(names(same), ', ')})`;
  await db.run(
    tableAs(
      ROW_NUMBERS,
      sql`SELECT f.local, coalesce(k.row, f.row) AS row FROM (${fresh}) f LEFT JOIN (${known}) k ON k.local = f.local`,
      REPLACE,
    ),
  );
}

async function letGoOfOld(db: Session, taking: Taking, mine: Sql): Promise<void> {
  const { keys, tenant, items } = taking;
  await db.run(
    sql`INSERT INTO ${KEPT_CHANGED} SELECT DISTINCT tenant, n, flow FROM ${KEPT_KEYS} ${semiJoin(TAKEN_AGAIN, { using: ['trace'] })} WHERE ${mine}`,
  );
  if (keys.hasLinks) await linkedChange(db, keys, tenant, sql`SELECT trace_id FROM ${TAKEN_AGAIN}`);
  const ofRows = items.map((item) => ITEM_TABLES[item].kept);
  for (const table of ofRows)
    await db.run(
      sql`DELETE FROM ${table} WHERE ${mine} AND row IN (SELECT row FROM ${KEPT_SPANS} ${semiJoin(TAKEN_AGAIN, { using: ['trace'] })} WHERE ${mine})`,
    );
  for (const table of [KEPT_SPANS, KEPT_KEYS, KEPT_LINKED, KEPT_TRACES])
    await db.run(sql`DELETE FROM ${table} WHERE ${mine} AND trace IN (SELECT trace FROM ${TAKEN_AGAIN})`);
}

async function insert(db: Session, { tenant, keys, items, nextTrace }: Taking): Promise<void> {
  const owner = sql`${text(tenant)} AS tenant`;
  const trace = sql`trace + ${int(nextTrace)}`;
  const kept = join(
    [owner, sql`${trace} AS trace`, ...names(TRACE_COLUMNS.filter((column) => column !== 'trace'))],
    ', ',
  );
  await db.run(sql`INSERT INTO ${KEPT_TRACES} BY NAME SELECT ${kept} FROM ${FLOW_TRACES}`);
  const numbered = (table: Sql, replaced: readonly (readonly [Sql, string])[]): Sql =>
    sql`SELECT ${owner}, ${allReplacing(sql`o`, replaced)} FROM ${table} o JOIN ${ROW_NUMBERS} n ON n.local = o.row`;
  const row = [sql`n.row`, 'row'] as const;
  await db.run(
    sql`INSERT INTO ${KEPT_SPANS} BY NAME ${numbered(FLOW_MATCHED, [row, [sql`o.${trace}`, 'trace']])}`,
  );
  for (const item of items) {
    const { kept: table, taken } = ITEM_TABLES[item];
    await db.run(sql`INSERT INTO ${table} BY NAME ${numbered(taken, [row])}`);
  }
  for (const [n, { key }] of keys.all.entries()) {
    if (key.kind === 'links') continue;
    const columns = join(
      [owner, sql`${n} AS n`, sql`o.flow`, sql`m.row`, sql`o.${trace} AS trace`, sql`o.start_ns`],
      ', ',
    );
    await db.run(
      sql`INSERT INTO ${KEPT_KEYS} BY NAME SELECT ${columns} FROM ${flowKeys(n)} o JOIN ${ROW_NUMBERS} m ON m.local = o.row`,
    );
    await db.run(
      sql`INSERT INTO ${KEPT_CHANGED} SELECT DISTINCT ${text(tenant)}, ${n}, flow FROM ${flowKeys(n)}`,
    );
  }
  if (!keys.hasLinks) return;
  await db.run(
    sql`INSERT INTO ${KEPT_LINKED} BY NAME SELECT ${owner}, ${trace} AS trace, trace_id FROM ${FLOW_LINKED}`,
  );
  await linkedChange(db, keys, tenant, sql`SELECT trace_id FROM ${FLOW_TRACES}`);
}

/** The flows of these traces, and of those that link to them or that they link to, have changed. */
export async function linkedChange(db: Session, keys: FlowKeys, tenant: string, ids: Sql): Promise<void> {
  const mine = sql`tenant = ${text(tenant)}`;
  const linked = sql`SELECT l.trace_id AS target, t.trace_id AS source FROM ${KEPT_LINKED} l JOIN ${KEPT_TRACES} t ON t.trace = l.trace AND t.tenant = l.tenant WHERE l.${mine}`;
  const near = sql`${ids} UNION SELECT target FROM (${linked}) WHERE source IN (${ids}) UNION SELECT source FROM (${linked}) WHERE target IN (${ids})`;
  for (const [n, { key }] of keys.all.entries())
    if (key.kind === 'links')
      await db.run(
        sql`INSERT INTO ${KEPT_CHANGED} SELECT ${text(tenant)}, ${n}, ${linkedFlow(sql`trace_id`)} FROM (${near})`,
      );
}

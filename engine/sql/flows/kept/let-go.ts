/** Lets go of kept spans: those that no case needs any more, and the earliest for want of room. */
import { groupBy } from '../../../shared/group-by.js';
import { columnsOf, inTransaction } from '../../store/kept-file.js';
import type { Session } from '../../store/store.js';
import {
  KEPT_CHANGED,
  KEPT_COUNTED,
  KEPT_DUE,
  KEPT_EVENTS,
  KEPT_KEYS,
  KEPT_LINKED,
  KEPT_LINKS,
  KEPT_SPANS,
  KEPT_TENANTS,
  KEPT_TRACES,
} from '../../tables.js';
import { int, text } from '../../text/operations.js';
import { join, type Sql, sql } from '../../text/sql.js';
import type { FlowKey, FlowKeys } from '../flow-keys.js';
import { linkedPairs } from './linked.js';
import { addNote } from './settle.js';
import { linkedChange } from './take.js';

export interface Settled {
  readonly tenant: string;
  /** Cases that see no span from here on are settled. */
  readonly settledNs: bigint;
  /** The number that the next row gets. */
  readonly newRow: bigint;
}

export interface CasesOfRule {
  readonly tenant: string;
  /** Its id. */
  readonly rule: string;
  /** Days since the Unix epoch. */
  readonly day: bigint;
  readonly cases: number;
}

export interface EvictedFlows {
  readonly spans: number;
  readonly flows: number;
  /** All that are gone started before: nanoseconds since the Unix epoch. */
  readonly beforeNs: bigint;
  /** Whose they were. */
  readonly tenants: readonly string[];
  /** Cases that were not counted yet, and are gone. */
  readonly lost: readonly CasesOfRule[];
}

export async function letGoOfSettled(
  db: Session,
  keys: FlowKeys,
  { tenant, settledNs, newRow }: Settled,
): Promise<void> {
  const mine = sql`tenant = ${text(tenant)}`;
  await inTransaction(db, async () => {
    for (const [n, key] of keys.all.entries())
      if (key.key.kind === 'key')
        await db.run(
          sql`DELETE FROM ${KEPT_KEYS} WHERE ${mine} AND n = ${n} AND (flow, row) IN (${settledRows(n, key, mine, settledNs)})`,
        );
    await letGoOfRest(db, mine, linkedRows(keys, mine, settledNs));
    // A span that starts `within` after a piece still joins it.
    for (const [n, { withinNs }] of keys.all.entries())
      await db.run(
        sql`DELETE FROM ${KEPT_COUNTED} WHERE ${mine} AND n = ${n} AND last_ns + ${int(withinNs)} < ${int(settledNs)}`,
      );
    await db.run(
      sql`UPDATE ${KEPT_TENANTS} SET settled_ns = ${int(settledNs)}, new_row = ${int(newRow)} WHERE ${mine}`,
    );
  });
}

/**
 * Of spans of a key, `(flow, row)` of those that start before all that a case may see that is not settled. The last bound span of such a case ends
 * `within` before `settledNs` at the earliest, or is still to come; the others start `within` before it, and the case sees as much before
 * those. A piece is kept as a whole as long as a span may come that joins it.
 */
function settledRows(keyNumber: number, { every, withinNs }: FlowKey, mine: Sql, settledNs: bigint): Sql {
  const settled = int(settledNs);
  const within = int(withinNs);
  const spans = sql`SELECT k.flow, k.row, k.start_ns, coalesce(s.end_ns, k.start_ns) AS end_ns
    FROM ${KEPT_KEYS} k LEFT JOIN (SELECT row, end_ns FROM ${KEPT_SPANS} WHERE ${mine}) s ON s.row = k.row WHERE k.${mine} AND k.n = ${keyNumber}`;
  const needed = sql`least(${settled}, coalesce(min(CASE WHEN end_ns + ${within} >= ${settled} THEN start_ns END) OVER (PARTITION BY flow), ${settled})) - 2 * ${within}`;
  const flows = sql`SELECT *, ${needed} AS needed_ns FROM (${spans})`;
  if (!every) return sql`SELECT (flow, row) FROM (${flows}) WHERE start_ns < needed_ns`;
  const paused = sql`start_ns - lag(start_ns) OVER (PARTITION BY flow ORDER BY start_ns, row) > ${within}`;
  const started = sql`SELECT *, CASE WHEN ${paused} THEN 1 ELSE 0 END AS starts FROM (${flows})`;
  const numbered = sql`SELECT *, sum(starts) OVER (PARTITION BY flow ORDER BY start_ns, row) AS piece FROM (${started})`;
  const pieces = sql`SELECT *, max(start_ns) OVER (PARTITION BY flow, piece) AS last_ns FROM (${numbered})`;
  return sql`SELECT (flow, row) FROM (${pieces}) WHERE start_ns < needed_ns AND last_ns + 2 * ${within} < ${settled}`;
}

/** The spans that are kept for linked traces, those of no key among them: of traces that are near one with an open case, and what is young. */
function linkedRows({ all }: FlowKeys, mine: Sql, settledNs: bigint): Sql | undefined {
  const links = all.find(({ key }) => key.kind === 'links');
  if (links === undefined) return undefined;
  const settled = int(settledNs);
  const within = int(links.withinNs);
  const pairs = linkedPairs(mine);
  const open = sql`SELECT trace FROM ${KEPT_SPANS} WHERE ${mine} AND end_ns + ${within} >= ${settled}`;
  const near = sql`SELECT trace FROM (${open}) UNION SELECT b FROM (${pairs}) WHERE a IN (${open}) UNION SELECT a FROM (${pairs}) WHERE b IN (${open})`;
  return sql`SELECT row FROM ${KEPT_SPANS} WHERE ${mine} AND (start_ns >= ${settled} - 2 * ${within} OR trace IN (${near}))`;
}

/** What no key has, and what belonged to it; `others`: SELECTs rows of spans that stay all the same. */
async function letGoOfRest(db: Session, mine: Sql, others: Sql | undefined): Promise<void> {
  const keyed = sql`SELECT row FROM ${KEPT_KEYS} WHERE ${mine}`;
  const rows = others === undefined ? keyed : sql`${keyed} UNION ${others}`;
  await db.run(sql`DELETE FROM ${KEPT_SPANS} WHERE ${mine} AND row NOT IN (${rows})`);
  const spans = sql`SELECT row FROM ${KEPT_SPANS} WHERE ${mine}`;
  for (const items of [KEPT_EVENTS, KEPT_LINKS])
    if ((await columnsOf(db, items)).length > 0)
      await db.run(sql`DELETE FROM ${items} WHERE ${mine} AND row NOT IN (${spans})`);
  const traces = sql`SELECT trace FROM ${KEPT_SPANS} WHERE ${mine} UNION SELECT trace FROM ${KEPT_KEYS} WHERE ${mine}`;
  await db.run(sql`DELETE FROM ${KEPT_TRACES} WHERE ${mine} AND trace NOT IN (${traces})`);
  await db.run(sql`DELETE FROM ${KEPT_LINKED} WHERE ${mine} AND trace NOT IN (${traces})`);
}

/** Lets go of about so many spans, of whichever tenants; `noteOf` the cases of a tenant that go with them is kept. */
export async function evictEarliest(
  db: Session,
  keys: FlowKeys,
  spans: number,
  noteOf?: (tenant: string, lost: readonly CasesOfRule[]) => string,
): Promise<EvictedFlows> {
  const [row] = await db.rows(
    sql`SELECT max(start_ns) + 1 FROM (SELECT start_ns FROM ${KEPT_SPANS} ORDER BY start_ns LIMIT ${spans})`,
  );
  const beforeNs = row?.[0] as bigint;
  const gone = sql`start_ns < ${int(beforeNs)}`;
  const flows = sql`SELECT DISTINCT tenant, n, flow FROM ${KEPT_KEYS} WHERE ${gone}`;
  const [counts] = await db.rows(
    sql`SELECT (SELECT count(*) FROM ${KEPT_SPANS} WHERE ${gone}), (SELECT count(*) FROM (${flows}))`,
  );
  const tenants = await db.rows(sql`SELECT DISTINCT tenant FROM ${KEPT_SPANS} WHERE ${gone}`);
  const left = sql`SELECT (tenant, n, flow) FROM ${KEPT_KEYS}`;
  const linked = [...keys.all.entries()].flatMap(([keyNumber, { key }]) =>
    key.kind === 'links' ? [sql`n <> ${keyNumber}`] : [],
  );
  const isLost = join([sql`(tenant, n, flow) NOT IN (${left})`, ...linked], ' AND ');
  let lost: readonly CasesOfRule[] = [];
  await inTransaction(db, async () => {
    // What is left of a flow is judged anew: some of its cases cannot be determined any more.
    await db.run(sql`INSERT INTO ${KEPT_CHANGED} ${flows}`);
    for (const [tenant] of tenants) {
      const mine = sql`tenant = ${text(String(tenant))}`;
      await db.run(
        sql`INSERT INTO ${KEPT_CHANGED} SELECT DISTINCT tenant, n, flow FROM ${KEPT_DUE} WHERE ${mine} AND first_ns < ${int(beforeNs)}`,
      );
      const traces = sql`SELECT trace_id FROM ${KEPT_TRACES} WHERE ${mine} AND trace IN (SELECT trace FROM ${KEPT_SPANS} WHERE ${mine} AND ${gone})`;
      await linkedChange(db, keys, String(tenant), traces);
    }
    await db.run(sql`DELETE FROM ${KEPT_KEYS} WHERE ${gone}`);
    await db.run(sql`DELETE FROM ${KEPT_SPANS} WHERE ${gone}`);
    for (const [tenant] of tenants) {
      const mine = sql`tenant = ${text(String(tenant))}`;
      await letGoOfRest(
        db,
        mine,
        keys.hasLinks ? sql`SELECT row FROM ${KEPT_SPANS} WHERE ${mine}` : undefined,
      );
      await db.run(
        sql`UPDATE ${KEPT_TENANTS} SET known_ns = greatest(known_ns, ${int(beforeNs)}) WHERE ${mine}`,
      );
    }
    lost = await letGoOfCases(db, beforeNs);
    if (noteOf !== undefined)
      for (const [tenant, cases] of groupBy(lost, ({ tenant }) => tenant))
        await addNote(db, noteOf(tenant, cases));
    await db.run(sql`DELETE FROM ${KEPT_CHANGED} WHERE ${isLost}`);
  });
  return {
    ...{ spans: Number(counts?.[0]), flows: Number(counts?.[1]), beforeNs, lost },
    tenants: tenants.map(([tenant]) => String(tenant)),
  };
}

/** Of those that are gone when what started before is: they count as if they had been counted. */
async function letGoOfCases(db: Session, beforeNs: bigint): Promise<readonly CasesOfRule[]> {
  const gone = sql`${KEPT_DUE} WHERE gone_ns < ${int(beforeNs)}`;
  const lost = sql`${gone} AND NOT is_counted`;
  const rows = await db.rows(sql`SELECT tenant, rule, day, count(*) FROM ${lost} GROUP BY ALL ORDER BY ALL`);
  await db.run(
    sql`INSERT INTO ${KEPT_COUNTED} BY NAME SELECT tenant, rule, n, flow, bound_spans, time_ns, last_ns FROM ${lost}`,
  );
  await db.run(sql`DELETE FROM ${gone}`);
  return (rows as [string, string, bigint, bigint][]).map(([tenant, rule, day, cases]) => ({
    ...{ tenant, rule, day },
    cases: Number(cases),
  }));
}

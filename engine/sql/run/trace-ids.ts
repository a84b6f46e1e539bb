import type { Session } from '../store/store.js';
import { TRACES } from '../tables.js';
import { hash63, hex, int } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';

const AT_ONCE = 10_000;

/** Ids of `traces`, 32 lower-case hex digits, by their hash (`traceHash`), for those of these hashes that some trace has. */
export async function traceIdsByHash(
  session: Pick<Session, 'rows'>,
  traces: Sql,
  hashes: readonly bigint[],
): Promise<ReadonlyMap<bigint, string>> {
  const ids = new Map<bigint, string>();
  const hash = hash63(sql`trace_id`);
  for (let from = 0; from < hashes.length; from += AT_ONCE) {
    const some = join(
      hashes.slice(from, from + AT_ONCE).map((hash) => int(hash)),
      ', ',
    );
    const rows = await session.rows(
      sql`SELECT DISTINCT ${hash}, ${hex(sql`trace_id`)} FROM ${traces} WHERE ${hash} IN (${some})`,
    );
    for (const [key, id] of rows as [bigint, string][]) ids.set(key, id);
  }
  return ids;
}

/** Ids of the traces at hand, 32 lower-case hex digits, by their key. */
export async function traceIds(session: Session): Promise<ReadonlyMap<bigint, string>> {
  const rows = await session.rows(sql`SELECT trace, ${hex(sql`trace_id`)} FROM ${TRACES}`);
  return new Map(rows as [bigint, string][]);
}

/** Which attributes tell one thing apart from others over several traces: those whose values are in several traces, and in few. */
import type { AttributeKey } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { textOfField } from '../differences/fields.js';
import { dropTables } from '../store/drop-tables.js';
import type { Store } from '../store/store.js';
import { MINED_KEY_TRACES, SPANS } from '../tables.js';
import { cast, emptyTable, hash63 } from '../text/operations.js';
import { sql } from '../text/sql.js';

/** A key whose values are in more traces, on average, says who or where, and not which one: there anything comes behind anything. */
const MOST_TRACES = 20;

export async function startKeyTraces(db: Store): Promise<void> {
  await dropTables(db, [MINED_KEY_TRACES]);
  await db.run(
    emptyTable(MINED_KEY_TRACES, [
      ['key', 'int32'],
      ['value', 'int64'],
      ['trace', 'int64'],
    ]),
  );
}

/** Of the unit at hand. */
export async function addKeyTraces(
  db: Store,
  columns: AttributeColumns,
  keys: readonly AttributeKey[],
): Promise<void> {
  await db.each(keys, async (session, attribute, key) => {
    const value = textOfField({ kind: 'attribute', attribute }, columns);
    if (value === undefined) return;
    await session.run(
      sql`INSERT INTO ${MINED_KEY_TRACES} SELECT DISTINCT ${key}, ${hash63(value)}, s.trace FROM ${SPANS} s WHERE ${value} IS NOT NULL`,
    );
  });
}

/** The places of those keys, ascending, once all units are there; what they were found by is dropped. A trace that has two values counts for both. */
export async function keysInFewTraces(db: Store): Promise<readonly number[]> {
  const values = sql`SELECT key, value, count(*) AS n FROM ${MINED_KEY_TRACES} GROUP BY key, value`;
  const rows = await db.rows(sql`SELECT key FROM (${values}) GROUP BY key
    HAVING max(n) > 1 AND sum(${cast(sql`n`, 'double')} * n) <= ${MOST_TRACES} * sum(n) ORDER BY key`);
  await dropTables(db, [MINED_KEY_TRACES]);
  return rows.map(([key]) => Number(key));
}

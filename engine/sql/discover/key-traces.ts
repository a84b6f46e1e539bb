/** Which attributes, alone or together, tell one thing apart from others over several traces: those whose values are in several traces, and in few. */
import type { AttributeKey } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { textOfField } from '../differences/fields.js';
import { dropTables } from '../store/drop-tables.js';
import type { Store } from '../store/store.js';
import { MINED_KEY_TRACES, SPANS } from '../tables.js';
import { cast, emptyTable, hash63, text } from '../text/operations.js';
import { concat, sql } from '../text/sql.js';

/** A key whose values are in more traces, on average, says who or where, and not which one: there anything comes behind anything. */
const MOST_TRACES = 20;

/** Fields whose values together say which flow a span is part of. */
export type FlowKey = readonly AttributeKey[];

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

/** Of the unit at hand; the first of the keys has this number. */
export async function addKeyTraces(
  db: Store,
  columns: AttributeColumns,
  keys: readonly FlowKey[],
  first: number,
): Promise<void> {
  await db.each(keys, async (session, attributes, place) => {
    const values = attributes.flatMap(
      (attribute) => textOfField({ kind: 'attribute', attribute }, columns) ?? [],
    );
    if (values.length < attributes.length) return;
    const value = concat(values.map((part, n) => (n === 0 ? part : sql` || ${text(APART)} || ${part}`)));
    await session.run(
      sql`INSERT INTO ${MINED_KEY_TRACES} SELECT DISTINCT ${first + place}, ${hash63(value)}, s.trace FROM ${SPANS} s WHERE ${value} IS NOT NULL`,
    );
  });
}

const APART = '\u001f';

export interface KeyTraces {
  readonly key: number;
  /** Different values that there are. */
  readonly values: number;
  /** Values are in several traces, and in few. */
  readonly isInFew: boolean;
}

/** Of the keys that some span has, ascending, once all units are there. A trace that has two values counts for both. */
export async function keyTraces(db: Store): Promise<readonly KeyTraces[]> {
  const values = sql`SELECT key, value, count(*) AS n FROM ${MINED_KEY_TRACES} GROUP BY key, value`;
  const rows =
    await db.rows(sql`SELECT key, count(*), ${cast(sql`(max(n) > 1 AND sum(${cast(sql`n`, 'double')} * n) <= ${MOST_TRACES} * sum(n))`, 'bool')}
    FROM (${values}) GROUP BY key ORDER BY key`);
  return rows.map(([key, count, isInFew]) => ({
    key: Number(key),
    values: Number(count),
    isInFew: isInFew === true,
  }));
}

export async function stopKeyTraces(db: Store): Promise<void> {
  await dropTables(db, [MINED_KEY_TRACES]);
}

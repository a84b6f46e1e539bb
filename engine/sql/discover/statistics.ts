/** What is known of the spans by name, before anything is mined: how many there are, and what they carry. */
import type { AttributeKey } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { serviceColumn } from '../compile/scan/scan.js';
import { textOfField } from '../differences/fields.js';
import type { Store } from '../store/store.js';
import { SPANS } from '../tables.js';
import { anyTrue, distinctAbout, filtered, text } from '../text/operations.js';
import { FALSE, join, name, sql } from '../text/sql.js';
import { failed } from './failed.js';

export interface NameStatistics {
  readonly name: string;
  readonly spans: number;
  readonly traces: number;
  /** Spans whose status is an error. */
  readonly failed: number;
  /** Whether some are of the service that is asked for. */
  readonly isWanted: boolean;
  /** In the order of the keys: how many have a value, and how many different ones there are, about. */
  readonly keys: readonly { readonly present: number; readonly different: number }[];
}

/** Of the unit at hand. Names of fewer spans are left out. */
export async function nameStatistics(
  db: Store,
  columns: AttributeColumns,
  keys: readonly AttributeKey[],
  { leastSpans, service }: { readonly leastSpans: number; readonly service: string | undefined },
): Promise<readonly NameStatistics[]> {
  const values = keys.map((attribute) => textOfField({ kind: 'attribute', attribute }, columns) ?? sql`NULL`);
  const [column] = serviceColumn(columns);
  const wanted =
    service === undefined || column === undefined
      ? FALSE
      : anyTrue(sql`coalesce(s.${name(column)} = ${text(service)}, false)`);
  const counts = values.flatMap((value) => [sql`count(${value})`, distinctAbout(value)]);
  const rows =
    await db.rows(sql`SELECT ${join([sql`s.name`, sql`count(*)`, sql`count(DISTINCT s.trace)`, filtered(sql`count(*)`, failed(sql`s`)), wanted, ...counts], ', ')}
    FROM ${SPANS} s GROUP BY s.name HAVING count(*) >= ${leastSpans}`);
  return rows.map(([name, spans, traces, errors, isWanted, ...rest]) => ({
    name: String(name),
    spans: Number(spans),
    traces: Number(traces),
    failed: Number(errors),
    isWanted: service === undefined || isWanted === true,
    keys: keys.map((_, n) => ({ present: Number(rest[2 * n]), different: Number(rest[2 * n + 1]) })),
  }));
}

export interface ValueStatistics {
  readonly name: string;
  /** Index of the key. */
  readonly key: number;
  readonly value: string;
  readonly spans: number;
}

/** How often spans of a name have each value of a key, in the unit at hand: for keys that have few. */
export async function valueStatistics(
  db: Store,
  columns: AttributeColumns,
  keys: readonly AttributeKey[],
  asked: readonly number[],
  names: readonly string[],
): Promise<readonly ValueStatistics[]> {
  const found: ValueStatistics[] = [];
  const known = new Set(names);
  await db.each(asked, async (session, key) => {
    const value = textOfField({ kind: 'attribute', attribute: keys[key]! }, columns);
    if (value === undefined) return;
    const rows = await session.rows(
      sql`SELECT s.name, ${value} AS value, count(*) FROM ${SPANS} s WHERE ${value} IS NOT NULL GROUP BY s.name, ${value} ORDER BY s.name, ${value}`,
    );
    for (const [name, text, spans] of rows as [string, string, bigint][])
      if (known.has(name)) found.push({ name: name, key, value: text, spans: Number(spans) });
  });
  return found;
}

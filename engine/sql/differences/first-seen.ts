/** When spans were there first that have certain values, whatever rules say of them. */
import type { AttributeColumns } from '../compile/attribute-columns.js';
import type { Session } from '../store/store.js';
import { SPANS } from '../tables.js';
import { filtered, text } from '../text/operations.js';
import { FALSE, join, sql } from '../text/sql.js';
import { type SpanField, sqlOfField } from './fields.js';

export interface SoughtValue {
  readonly field: SpanField;
  readonly value: string;
}

/** Whether a field of a span itself can be looked for: its lists, events and links are not. */
export function canBeSought(field: SpanField, columns: AttributeColumns): boolean {
  const found = sqlOfField(field, columns);
  return found?.relation === SPANS && found.text !== undefined;
}

/** In the unit at hand, in nanoseconds, for spans that have all values of each; undefined for none. */
export async function firstStarts(
  session: Session,
  columns: AttributeColumns,
  sought: readonly (readonly SoughtValue[])[],
): Promise<readonly (bigint | undefined)[]> {
  if (sought.length === 0) return [];
  const first = sought.map((values) => {
    const has = values.map(({ field, value }) => {
      const found = sqlOfField(field, columns)?.text;
      return found === undefined ? FALSE : sql`coalesce(${found} = ${text(value)}, false)`;
    });
    return filtered(sql`min(s.start_ns)`, join(has, ' AND '));
  });
  const [row = []] = await session.rows(sql`SELECT ${join(first, ', ')} FROM ${SPANS} s`);
  return (row as (bigint | null)[]).map((start) => start ?? undefined);
}

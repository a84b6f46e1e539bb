/** The spans of a few traces, with what rules about them read. */
import type { AttributeKey, AttributeType } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { serviceColumn } from '../compile/scan/scan.js';
import type { Store } from '../store/store.js';
import { SPANS, TRACES } from '../tables.js';
import { cast, hex, isIn, list, text } from '../text/operations.js';
import { join, NULL, name, sql } from '../text/sql.js';

export interface ExampleSpan {
  /** 32 and 16 lower-case hex digits; the parent's is empty for a root. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly service: string;
  /** Nanoseconds. */
  readonly start: bigint;
  readonly duration: bigint;
  /** In the order of the keys; undefined for none. Arrays are left out. */
  readonly values: readonly (ExampleValue | undefined)[];
}

export interface ExampleValue {
  readonly type: Extract<AttributeType, 's' | 'i' | 'd' | 'b'>;
  readonly text: string;
}

const SCALARS = ['s', 'i', 'd', 'b'] as const;

/** Those of the unit at hand, by trace and start. */
export async function exampleSpans(
  db: Store,
  columns: AttributeColumns,
  keys: readonly AttributeKey[],
  traceIds: readonly string[],
): Promise<readonly ExampleSpan[]> {
  if (traceIds.length === 0) return [];
  const [service] = serviceColumn(columns);
  const typed = keys.flatMap((attribute) =>
    SCALARS.map((type) =>
      columns.typesFor(attribute).includes(type)
        ? cast(sql`s.${name(columns.column(attribute, type))}`, 'text')
        : NULL,
    ),
  );
  const wanted = isIn(list(traceIds.map(text)), hex(sql`t.trace_id`));
  const selected = [
    hex(sql`t.trace_id`),
    hex(sql`s.span_id`),
    hex(sql`s.parent_id`),
    sql`s.name`,
    service === undefined ? NULL : sql`s.${name(service)}`,
    sql`s.start_ns`,
    sql`s.duration_ns`,
    ...typed,
  ];
  const rows =
    await db.rows(sql`SELECT ${join(selected, ', ')} FROM ${SPANS} s JOIN ${TRACES} t ON t.trace = s.trace
    WHERE ${wanted} ORDER BY t.trace_id, s.start_ns, s.nested_left, s.span_id`);
  return rows.map(([traceId, spanId, parentId, number, from, start, duration, ...values]) => ({
    traceId: String(traceId),
    spanId: String(spanId),
    parentId: String(parentId),
    name: String(number),
    service: from === null ? '' : String(from),
    start: start as bigint,
    duration: duration as bigint,
    values: keys.map((_, n) => {
      const place = SCALARS.findIndex((__, position) => typeof values[4 * n + position] === 'string');
      return place < 0 ? undefined : { type: SCALARS[place]!, text: String(values[4 * n + place]) };
    }),
  }));
}

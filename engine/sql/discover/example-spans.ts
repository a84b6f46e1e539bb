/** The spans of a few traces, with what rules about them read. */
import type { AttributeKey, AttributeType } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { serviceColumn } from '../compile/scan/scan.js';
import type { Store } from '../store/store.js';
import { LINKS, SPANS, TRACES } from '../tables.js';
import { cast, hex, isIn, list, text } from '../text/operations.js';
import { join, NULL, name, sql } from '../text/sql.js';
import { failed } from './failed.js';

export interface ExampleSpan {
  /** 32 and 16 lower-case hex digits; the parent's is empty for a root. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly service: string;
  /** Whether its status is an error. */
  readonly isFailed: boolean;
  /** Nanoseconds. */
  readonly start: bigint;
  readonly duration: bigint;
  /** In the order of the keys; undefined for none. Arrays are left out. */
  readonly values: readonly (ExampleValue | undefined)[];
  /** The other ones of these traces that it links to, by their ids. */
  readonly links: readonly string[];
}

export interface ExampleValue {
  readonly type: Extract<AttributeType, 's' | 'i' | 'd' | 'b'>;
  readonly text: string;
}

const SCALARS = ['s', 'i', 'd', 'b'] as const;

/** Those of the unit at hand, by trace and start; those that start together are in the same order in any database. */
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
  const ids = list(traceIds.map(text));
  const wanted = isIn(ids, hex(sql`t.trace_id`));
  const linked = await db.rows(
    sql`SELECT DISTINCT l.row, ${hex(sql`l.trace_id`)} FROM ${LINKS} l WHERE ${isIn(ids, hex(sql`l.trace_id`))} ORDER BY 1, 2`,
  );
  const links = new Map<bigint, string[]>();
  for (const [row, traceId] of linked as [bigint, string][])
    links.set(row, [...(links.get(row) ?? []), traceId]);
  const selected = [
    sql`s.row`,
    hex(sql`t.trace_id`),
    sql`s.start_ns`,
    hex(sql`s.span_id`),
    hex(sql`s.parent_id`),
    sql`s.name`,
    service === undefined ? NULL : sql`s.${name(service)}`,
    sql`s.duration_ns`,
    cast(sql`(${failed(sql`s`)})`, 'bool'),
    ...typed,
  ];
  // Spans may share an id, so all that is selected decides, but for the row, which each database numbers for itself.
  const places = selected.slice(1).map((_, n) => sql`${n + 2}`);
  const rows =
    await db.rows(sql`SELECT ${join(selected, ', ')} FROM ${SPANS} s JOIN ${TRACES} t ON t.trace = s.trace
    WHERE ${wanted} ORDER BY ${join(places, ', ')}`);
  return rows.map(([row, traceId, start, spanId, parentId, called, from, duration, isFailed, ...values]) => ({
    traceId: String(traceId),
    spanId: String(spanId),
    parentId: String(parentId),
    name: String(called),
    service: from === null ? '' : String(from),
    start: start as bigint,
    duration: duration as bigint,
    isFailed: isFailed === true,
    links: (links.get(row as bigint) ?? []).filter((linkedId) => linkedId !== traceId),
    values: keys.map((_, n) => {
      const place = SCALARS.findIndex((__, position) => typeof values[4 * n + position] === 'string');
      return place < 0 ? undefined : { type: SCALARS[place]!, text: String(values[4 * n + place]) };
    }),
  }));
}

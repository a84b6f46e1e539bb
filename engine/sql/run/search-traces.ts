/** What a search says of the traces it found, apart from their spansets; the traces are those of the table `hits`. */

import { type FieldPlan, itemOf } from '../../plan/expression.js';
import type { SearchPlan } from '../../plan/search.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { serviceColumn } from '../compile/scan/scan.js';
import { chosenItemRows } from '../compile/spanset/chosen-items.js';
import { compileValue } from '../compile/value/expression.js';
import { TypedColumns, type TypedValue } from '../compile/value/typed.js';
import type { Session } from '../store/store.js';
import { HITS, ITEM_TABLES, MATCHED_HITS } from '../tables.js';
import { cast, filtered, groupByAll, hex, semiJoin } from '../text/operations.js';
import { join, NULL, name, type Sql, sql } from '../text/sql.js';

export interface TraceRow {
  /** The trace's key in this unit. */
  readonly trace: bigint;
  readonly traceId: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly rootName: string | null;
  readonly rootService: string | null;
}

/** The found traces, newest first. */
export async function readTraces(session: Session): Promise<readonly TraceRow[]> {
  const rows = await session.rows(
    sql`SELECT trace, ${hex(sql`trace_id`)}, start_ns, end_ns, root_name, nullif(root_service, '') FROM ${HITS} ORDER BY start_ns DESC, trace_id`,
  );
  return (rows as [bigint, string, bigint, bigint, string | null, string | null][]).map(
    ([trace, traceId, start, end, rootName, rootService]) => ({
      trace,
      traceId,
      start,
      end,
      rootName,
      rootService,
    }),
  );
}

/** Of the spans that `near` selects those of the traces that were found. */
export function spansOfHits(near: Sql): Sql {
  return sql`(SELECT * FROM (${near}) ${semiJoin(HITS, { using: ['trace'] })})`;
}

export interface ServiceRow {
  readonly trace: bigint;
  /** Empty where the spans have none. */
  readonly service: string;
  readonly spans: number;
  readonly errors: number;
}

/** How many spans of each service the found traces have, of all their spans, which are `spans`, and how many of them failed. */
export async function readServices(
  session: Session,
  spans: Sql,
  columns: AttributeColumns,
): Promise<readonly ServiceRow[]> {
  const [column] = serviceColumn(columns);
  const service = column === undefined ? cast(NULL, 'text') : name(column);
  const rows = await session.rows(
    sql`SELECT trace, coalesce(${service}, '') AS service, count(*), ${filtered(sql`count(*)`, sql`status = ${ERROR}`)}
     FROM ${spans} ${groupByAll()} ORDER BY trace, service`,
  );
  return (rows as [bigint, string, bigint, bigint][]).map(([trace, called, count, errors]) => ({
    trace,
    service: called,
    spans: Number(count),
    errors: Number(errors),
  }));
}

/** OTLP number. */
const ERROR = 2;

/** By the row of a span: for each shown field of an event or link the values that the events or links of the span have. */
export type ItemValues = ReadonlyMap<bigint, ReadonlyMap<FieldPlan, readonly TypedValue[]>>;

/** The values of shown fields of events and links, of the spans in `matched_hits`. */
export async function readItems(
  session: Session,
  plan: SearchPlan,
  columns: AttributeColumns,
): Promise<ItemValues> {
  const values = new Map<bigint, Map<FieldPlan, TypedValue[]>>();
  for (const item of ['event', 'link'] as const) {
    const fields = plan.shown.map(({ field }) => field).filter((field) => itemOf(field) === item);
    if (fields.length === 0) continue;
    // The filter is the same for all fields of one search.
    const among = fields[0]?.among;
    const items =
      among === undefined
        ? ITEM_TABLES[item]
        : chosenItemRows(among, item, MATCHED_HITS, { columns, span: sql`m` });
    const typed = new TypedColumns(1);
    const scope = { columns, span: sql`m`, [item]: sql`i` };
    const read = fields.map((field) => typed.add(compileValue({ kind: 'field', field }, scope)));
    const places = join([sql`row`, ...typed.sql.map((_, n) => sql`c${n}`)], ', ');
    const selected = join([sql`i.row`, ...typed.sql.map((value, n) => sql`${value} AS c${n}`)], ', ');
    const rows = await session.rows(
      sql`SELECT DISTINCT ${selected} FROM ${items} i ${semiJoin(MATCHED_HITS, { using: ['row'] })} ORDER BY ${places}`,
    );
    for (const row of rows) {
      const span = row[0] as bigint;
      const ofSpan = values.get(span) ?? new Map<FieldPlan, TypedValue[]>();
      values.set(span, ofSpan);
      for (const [n, field] of fields.entries()) {
        const value = read[n]!(row);
        if (value !== undefined) ofSpan.set(field, [...(ofSpan.get(field) ?? []), value]);
      }
    }
  }
  return values;
}

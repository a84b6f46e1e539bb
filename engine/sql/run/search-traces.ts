/** What a search tells of the traces it found beside their spansets; the traces are those of the table `hits`. */
import { type FieldPlan, itemOf } from '../../plan/expression.js';
import type { SearchPlan } from '../../plan/search.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { chosenItemRows } from '../compile/chosen-items.js';
import { compileValue } from '../compile/expression.js';
import { serviceColumn } from '../compile/scan.js';
import { TypedColumns, type TypedValue } from '../compile/typed.js';
import type { Session } from '../dialects/duckdb/database.js';

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
    `SELECT trace, lower(hex(trace_id)), start_ns, end_ns, root_name, nullif(root_service, '') FROM hits ORDER BY start_ns DESC, trace_id`,
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

export interface ServiceRow {
  readonly trace: bigint;
  /** Empty where the spans have none. */
  readonly service: string;
  readonly spans: number;
  readonly errors: number;
}

/** How many spans of each service the found traces have, of all their spans, and how many of them failed. */
export async function readServices(
  session: Session,
  columns: AttributeColumns,
  spans: string,
): Promise<readonly ServiceRow[]> {
  const service = serviceColumn(columns)[0] ?? 'NULL::VARCHAR';
  const rows = await session.rows(
    `SELECT trace, coalesce(${service}, '') AS service, count(*), count(*) FILTER (status = ${ERROR})
     FROM ${spans} GROUP BY ALL ORDER BY trace, service`,
  );
  return (rows as [bigint, string, bigint, bigint][]).map(([trace, name, count, errors]) => ({
    trace,
    service: name,
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
      among === undefined ? `${item}s` : chosenItemRows(among, item, 'matched_hits', { columns, span: 'm' });
    const typed = new TypedColumns(1);
    const scope = { columns, span: 'm', [item]: 'i' };
    const read = fields.map((field) => typed.add(compileValue({ kind: 'field', field }, scope)));
    const names = ['row', ...typed.sql.map((_, n) => `c${n}`)].join(', ');
    const selected = ['i.row', ...typed.sql.map((sql, n) => `${sql} AS c${n}`)].join(', ');
    const rows = await session.rows(
      `SELECT DISTINCT ${selected} FROM ${items} i SEMI JOIN matched_hits USING (row) ORDER BY ${names}`,
    );
    for (const row of rows) {
      const span = row[0] as bigint;
      const of = values.get(span) ?? new Map<FieldPlan, TypedValue[]>();
      values.set(span, of);
      for (const [n, field] of fields.entries()) {
        const value = read[n]!(row);
        if (value !== undefined) of.set(field, [...(of.get(field) ?? []), value]);
      }
    }
  }
  return values;
}

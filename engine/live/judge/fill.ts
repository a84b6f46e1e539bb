import { SERVICE_NAME } from '../../plan/needs.js';
import { type AttributeKey, type ColumnNeeds, nestedColumns } from '../../plan/schema.js';
import { AttributeColumns, attributesOf } from '../../sql/compile/attribute-columns.js';
import {
  BoolColumn,
  type Column,
  IdColumn,
  IntColumn,
  SmallIntColumn,
  TextColumn,
  ValueColumn,
} from '../../sql/store/columns.js';
import type { Store } from '../../sql/store/store.js';
import { TextPool } from '../../sql/store/text-pool.js';
import { ITEM_TABLES, SPANS, TRACES } from '../../sql/tables.js';
import { type MergedTrace, mergeTrace, numbered } from './merge.js';
import type { TraceSnapshot } from './snapshot.js';
import { SpanColumns } from './span-columns.js';
import { type Item, SpanReader } from './span-values.js';

type NamedColumn = readonly [name: string, column: Column];

/**
 * Fills the relations of `schema.ts` with the traces, whole and each span once. The traces have the numbers that their place
 * in the list gives them.
 */
export async function fillRelations(
  db: Store,
  traces: readonly TraceSnapshot[],
  needs: ColumnNeeds,
): Promise<AttributeColumns> {
  const pool = new TextPool();
  const reader = new SpanReader(needs, pool);
  const traceOf = new IntColumn();
  const rowOf = new IntColumn();
  const isRootOf = new BoolColumn();
  const sharingOf = new SmallIntColumn();
  const spans = new SpanColumns(needs, pool);
  const summaries = new TraceColumns(pool);
  const nested = nestedColumns(needs).length > 0;
  let row = 0;
  for (const [n, snapshot] of traces.entries()) {
    const trace = mergeTrace(snapshot);
    const numbers = nested ? numbered(trace) : undefined;
    summaries.add(n, trace);
    for (const [place, span] of trace.spans.entries()) {
      const message = reader.read(span.batch, span.row, row);
      spans.add(row, { span, message, numbers: numbers?.[place] });
      traceOf.set(row, BigInt(n));
      rowOf.set(row, BigInt(row));
      isRootOf.set(row, span === trace.root);
      sharingOf.set(row, trace.sharing[place]!);
      if (span === trace.root)
        summaries.setRoot(n, message.name, reader.valuesOf(SERVICE_NAME).texts?.textAt(row));
      row++;
    }
  }
  const names = new AttributeColumns(needs, (attribute) =>
    reader.valuesOf(attribute).columns.map(([type]) => type),
  );
  const attributes = (keys: readonly AttributeKey[]): readonly NamedColumn[] =>
    keys.flatMap((key) =>
      reader.valuesOf(key).columns.map(([type, column]): NamedColumn => [names.column(key, type), column]),
    );
  await db.fill(
    SPANS,
    [
      ['trace', traceOf],
      ['row', rowOf],
      ['is_root', isRootOf],
      ['sharing', sharingOf],
      ...spans.columns,
      ...attributes(needs.spanAttributes),
    ],
    row,
  );
  await db.fill(TRACES, summaries.columns, traces.length);
  const own = attributesOf(needs);
  for (const kind of ['event', 'link'] as const) {
    const needed = needs[`${kind}s`];
    if (needed === undefined) continue;
    const items = reader[`${kind}s`];
    const all = itemColumns(kind, items, pool).filter(
      ([name]) => name === 'row' || name === 'position' || needed.columns.some((column) => column === name),
    );
    const columns = [...all, ...attributes(own.filter(({ scope }) => scope === kind))];
    await db.fill(ITEM_TABLES[kind], columns, items.length);
  }
  return names;
}

/** The columns of `traces`. */
class TraceColumns {
  private readonly traces = new IntColumn();
  private readonly ids = new IdColumn(16);
  private readonly starts = new IntColumn();
  private readonly ends = new IntColumn();
  private readonly rootNames: TextColumn;
  private readonly rootServices: TextColumn;

  constructor(pool: TextPool) {
    this.rootNames = new TextColumn(pool);
    this.rootServices = new TextColumn(pool);
  }

  add(trace: number, { traceId, start, end }: MergedTrace): void {
    this.traces.set(trace, BigInt(trace));
    this.ids.set(trace, Buffer.from(traceId, 'hex'), 0);
    this.starts.set(trace, start);
    this.ends.set(trace, end);
  }

  /** Texts are numbers in the pool. */
  setRoot(trace: number, name: number, service: number | undefined): void {
    this.rootNames.set(trace, name);
    if (service !== undefined) this.rootServices.set(trace, service);
  }

  get columns(): readonly NamedColumn[] {
    return [
      ['trace', this.traces],
      ['trace_id', this.ids],
      ['start_ns', this.starts],
      ['end_ns', this.ends],
      ['root_name', this.rootNames],
      ['root_service', this.rootServices],
    ];
  }
}

/** The columns of `events` or `links` that are no attributes. */
function itemColumns(kind: 'event' | 'link', items: readonly Item[], pool: TextPool): readonly NamedColumn[] {
  const rows = new IntColumn();
  const positions = new IntColumn();
  for (const [n, { row }] of items.entries()) {
    rows.set(n, BigInt(row));
    positions.set(n, BigInt(n));
  }
  if (kind === 'event') {
    const names = new TextColumn(pool);
    const times = new IntColumn();
    for (const [n, { name, timeSinceStart }] of items.entries()) {
      names.set(n, name);
      times.set(n, timeSinceStart);
    }
    return [
      ['row', rows],
      ['position', positions],
      ['name', names],
      ['time_since_start_ns', times],
    ];
  }
  // Nobody promises how long the ids of a link are.
  const traceIds = new ValueColumn('bytes');
  const spanIds = new ValueColumn('bytes');
  for (const [n, { traceId, spanId }] of items.entries()) {
    traceIds.set(n, traceId);
    spanIds.set(n, spanId);
  }
  return [
    ['row', rows],
    ['position', positions],
    ['trace_id', traceIds],
    ['span_id', spanIds],
  ];
}

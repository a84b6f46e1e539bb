import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DOUBLE,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  VARCHAR,
} from '@duckdb/node-api';
import { SERVICE_NAME } from '../../plan/needs.js';
import {
  ATTRIBUTE_TYPES,
  type AttributeKey,
  type ColumnNeeds,
  EVENT_COLUMNS,
  LINK_COLUMNS,
  SPAN_COLUMNS,
  type SpanColumn,
} from '../../plan/schema.js';
import { type Database, dropTables } from '../../sql/duckdb/database.js';
import { AttributeColumns, attributesOf } from '../../sql/duckdb/names.js';
import { isRoot, type MergedTrace, mergeTrace, numbered, type SpanRef } from './merge.js';
import type { TraceSnapshot } from './snapshot.js';
import { SpanReader, type SpanTexts } from './span-values.js';

/** A column of a relation that is about to be made. Rows without a value may be missing at the end. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly values: readonly (DuckDBValue | undefined)[];
}

/**
 * Fills the relations of `schema.ts` with the traces, whole and each span once. The traces have the numbers that their place
 * in the list gives them.
 */
export async function fillRelations(
  db: Database,
  traces: readonly TraceSnapshot[],
  needs: ColumnNeeds,
): Promise<AttributeColumns> {
  const reader = new SpanReader(needs);
  const columns = new Map<SpanColumn, DuckDBValue[]>(needs.spans.map((column) => [column, []]));
  const traceOf: DuckDBValue[] = [];
  const rows: DuckDBValue[] = [];
  const summaries: { trace: MergedTrace; root?: { name: string; row: number } }[] = [];
  const nested = needs.spans.some((column) => column.startsWith('nested_'));
  for (const [n, snapshot] of traces.entries()) {
    const trace = mergeTrace(snapshot);
    const numbers = nested ? numbered(trace) : undefined;
    let root: { name: string; row: number } | undefined;
    for (const [place, span] of trace.spans.entries()) {
      const row = rows.length;
      const texts = reader.read(span.batch, span.row, row);
      if (span === trace.root) root = { name: texts.name, row };
      rows.push(BigInt(row));
      traceOf.push(BigInt(n));
      for (const [column, values] of columns) values.push(spanValue(column, span, texts, numbers?.[place]));
    }
    summaries.push({ trace, ...(root === undefined ? {} : { root }) });
  }
  const names = new AttributeColumns(needs, (attribute) => reader.valuesOf(attribute).columns.keys());
  const attributes = (keys: readonly AttributeKey[]): Column[] =>
    keys.flatMap((key) =>
      [...reader.valuesOf(key).columns].map(([type, values]) => ({
        name: names.column(key, type),
        type: ATTRIBUTE_TYPES[type],
        values,
      })),
    );
  const own = attributesOf(needs);
  await makeTable(db, 'spans', rows.length, [
    { name: 'trace', type: 'BIGINT', values: traceOf },
    { name: 'row', type: 'BIGINT', values: rows },
    ...[...columns].map(([name, values]) => ({ name, type: SPAN_COLUMNS[name], values })),
    ...attributes(needs.spanAttributes),
  ]);
  await makeTable(db, 'traces', summaries.length, [
    { name: 'trace', type: 'BIGINT', values: summaries.map((_, n) => BigInt(n)) },
    {
      name: 'trace_id',
      type: 'BLOB',
      values: summaries.map(({ trace }) => blobValue(Buffer.from(trace.traceId, 'hex'))),
    },
    { name: 'start_ns', type: 'BIGINT', values: summaries.map(({ trace }) => trace.start) },
    { name: 'end_ns', type: 'BIGINT', values: summaries.map(({ trace }) => trace.end) },
    { name: 'root_name', type: 'VARCHAR', values: summaries.map(({ root }) => root?.name ?? null) },
    {
      name: 'root_service',
      type: 'VARCHAR',
      values: summaries.map(({ root }) =>
        root === undefined ? null : (reader.textOf(SERVICE_NAME, root.row) ?? null),
      ),
    },
  ]);
  for (const item of ['event', 'link'] as const) {
    const needed = needs[`${item}s`];
    if (needed === undefined) continue;
    const items = reader[`${item}s`];
    await makeTable(db, `${item}s`, items.length, [
      { name: 'row', type: 'BIGINT', values: items.map(({ row }) => BigInt(row)) },
      ...(needs.events !== undefined && item === 'event'
        ? needs.events.columns.map((name) => ({
            name,
            type: EVENT_COLUMNS[name],
            values: items.map((one) => (name === 'name' ? one.name : one.timeSinceStart)),
          }))
        : []),
      ...(needs.links !== undefined && item === 'link'
        ? needs.links.columns.map((name) => ({
            name,
            type: LINK_COLUMNS[name],
            values: items.map((one) => blobValue(name === 'trace_id' ? one.traceId : one.spanId)),
          }))
        : []),
      ...attributes(own.filter(({ scope }) => scope === item)),
    ]);
  }
  return names;
}

function spanValue(
  column: SpanColumn,
  span: SpanRef,
  texts: Readonly<SpanTexts>,
  numbers: { readonly left: number; readonly right: number; readonly parent: number } | undefined,
): DuckDBValue {
  const { batch, row } = span;
  switch (column) {
    case 'span_id':
      return blobValue(batch.spanIds.subarray(row * 8, row * 8 + 8));
    case 'parent_id':
      return blobValue(batch.parentIds.subarray(row * 8, isRoot(span) ? row * 8 : row * 8 + 8));
    case 'name':
      return texts.name;
    case 'kind':
      return BigInt(batch.kinds[row]!);
    case 'status':
      return BigInt(texts.status);
    case 'status_message':
      return texts.statusMessage;
    case 'start_ns':
      return batch.starts[row]!;
    case 'duration_ns':
      return batch.durations[row]!;
    case 'nested_left':
      return numbers?.left ?? 0;
    case 'nested_right':
      return numbers?.right ?? 0;
    case 'nested_parent':
      return numbers?.parent ?? 0;
    case 'scope_name':
      return texts.scopeName;
    case 'scope_version':
      return texts.scopeVersion;
  }
}

// ------------------------------------------------------------------------------------------------------------ tables

const SCALARS: Readonly<Record<string, DuckDBType>> = {
  BIGINT,
  INTEGER,
  DOUBLE,
  BOOLEAN,
  VARCHAR,
  BLOB,
};

function duckdbType(type: string): DuckDBType {
  const scalar = SCALARS[type.replace('[]', '')];
  if (scalar === undefined) throw new Error(`no DuckDB type is known for ${type}`);
  return type.endsWith('[]') ? LIST(scalar) : scalar;
}

/** DuckDB's own size of a vector: the most rows that a chunk takes. */
const CHUNK_ROWS = 2048;

async function makeTable(
  db: Database,
  name: string,
  count: number,
  columns: readonly Column[],
): Promise<void> {
  await dropTables(db, [name]);
  await db.run(`CREATE TABLE ${name} (${columns.map((one) => `${one.name} ${one.type}`).join(', ')})`);
  const types = columns.map(({ type }) => duckdbType(type));
  const appender = await db.connection.createAppender(name);
  for (let from = 0; from < count; from += CHUNK_ROWS) {
    const length = Math.min(CHUNK_ROWS, count - from);
    const chunk = DuckDBDataChunk.create(types, length);
    for (const [n, { values }] of columns.entries())
      chunk.setColumnValues(
        n,
        Array.from({ length }, (_, row) => values[from + row] ?? null),
      );
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

import { serviceName, valuesOf } from '../../otlp/attributes.js';
import type { AttributeValue, ScalarValue, Span, Trace } from '../../otlp/model.js';
import { KIND_NAMES, STATUS_NAMES } from '../../otlp/names.js';
import { attributeTypeOf, furtherText } from '../../plan/further-values.js';
import { SERVICE_NAME } from '../../plan/needs.js';
import type {
  AttributeColumn,
  AttributeKey,
  ColumnNeeds,
  LogicalType,
  SpanColumn,
} from '../../plan/schema.js';
import { AttributeColumns } from '../compile/attribute-columns.js';
import type { Store } from '../store/store.js';
import { EVENTS, LINKS, MERGED, RAW, SPANS, TRACES } from '../tables.js';
import { double, emptyTable, fromHex, int, list, text, viewAs } from '../text/operations.js';
import { FALSE, join, NULL, type Sql, sql, TRUE } from '../text/sql.js';
import { mergeFragments } from './merge.js';
import { rawColumns } from './raw-columns.js';
import { clampedDuration, clampedStart } from './time-bounds.js';

/**
 * Fills the relations from plain traces: fragments, copies and any order allowed. Meant for `test` blocks and other small
 * sets; it goes through SQL text.
 */
export async function loadTraces(
  db: Store,
  traces: readonly Trace[],
  needs: ColumnNeeds,
): Promise<AttributeColumns> {
  const spans = traces.flatMap((trace) => trace.spans.map((span) => ({ trace: trace.traceId, span })));
  const columns = new AttributeColumns(needs, (attribute) => columnsIn(spans, attribute));
  const keys = new Map([...new Set(traces.map((trace) => trace.traceId))].map((id, n) => [id, n]));
  const rows = spans.map(({ trace, span }, row) => ({ trace: keys.get(trace)!, row, span }));
  const definitions = rawColumns(needs, columns);

  await makeTable(
    db,
    RAW.spans,
    definitions.spans,
    rows.map(({ trace, row, span }) => [
      sql`${trace}`,
      sql`${row}`,
      ...needs.spans.map((column) => spanColumn(span, column)),
      ...attributeCells(needs.spanAttributes, columns, (attribute) => valuesIn(span, attribute)),
    ]),
  );
  await makeTable(
    db,
    RAW.traces,
    definitions.traces,
    [...keys].map(([id, idNumber]) => [sql`${idNumber}`, blob(id)]),
  );
  if (needs.events !== undefined) {
    const { columns: names, attributes } = needs.events;
    const stored = attributes.map((key) => ({ scope: 'event' as const, key }));
    await makeTable(
      db,
      RAW.events,
      definitions.events,
      rows.flatMap(({ row, span }) =>
        span.events.map((event, position) => [
          sql`${row}`,
          sql`${position}`,
          ...names.map((name) => (name === 'name' ? text(event.name) : int(event.timeSinceStart))),
          ...attributeCells(stored, columns, ({ key }) => valuesOf(event.attributes.get(key))),
        ]),
      ),
    );
  }
  if (needs.links !== undefined) {
    const { columns: names, attributes } = needs.links;
    const stored = attributes.map((key) => ({ scope: 'link' as const, key }));
    await makeTable(
      db,
      RAW.links,
      definitions.links,
      rows.flatMap(({ row, span }) =>
        span.links.map((link, position) => [
          sql`${row}`,
          sql`${position}`,
          ...names.map((name) => blob(name === 'trace_id' ? link.traceId : link.spanId)),
          ...attributeCells(stored, columns, ({ key }) => valuesOf(link.attributes.get(key))),
        ]),
      ),
    );
  }
  await mergeFragments(db, needs, columns, MERGED);
  await showMerged(db, needs);
  return columns;
}

/** Makes the merged tables the relations that rules run on. */
async function showMerged(db: Store, needs: ColumnNeeds): Promise<void> {
  const relations = [
    [SPANS, MERGED.spans],
    [TRACES, MERGED.traces],
    ...(needs.events ? [[EVENTS, MERGED.events] as const] : []),
    ...(needs.links ? [[LINKS, MERGED.links] as const] : []),
  ] as const;
  for (const [view, merged] of relations) await db.run(viewAs(view, sql`SELECT * FROM ${merged}`));
}

async function makeTable(
  db: Store,
  table: Sql,
  definitions: readonly (readonly [string, LogicalType])[],
  rows: readonly (readonly Sql[])[],
): Promise<void> {
  await db.run(emptyTable(table, definitions, { replace: true }));
  for (let first = 0; first < rows.length; first += 1000) {
    const values = rows.slice(first, first + 1000).map((row) => sql`(${join(row, ', ')})`);
    await db.run(sql`INSERT INTO ${table} VALUES ${join(values, ',\n')}`);
  }
}

// ----------------------------------------------------------------------------------------------------------- columns

function spanColumn(span: Span, column: SpanColumn): Sql {
  switch (column) {
    case 'span_id':
      return blob(span.spanId);
    case 'parent_id':
      return blob(span.parentSpanId);
    case 'name':
      return text(span.name);
    case 'kind':
      return sql`${KIND_NAMES.indexOf(span.kind)}`;
    case 'status':
      return sql`${STATUS_NAMES.indexOf(span.status)}`;
    case 'status_message':
      return text(span.statusMessage);
    case 'start_ns':
      return int(clampedStart(span.start));
    case 'duration_ns':
      return int(clampedDuration(span.duration));
    case 'nested_left':
    case 'nested_right':
    case 'nested_parent':
      return sql`0`; // computed when fragments are merged
    case 'scope_name':
      return text(span.scope.name);
    case 'scope_version':
      return text(span.scope.version);
  }
}

function blob(hex: string): Sql {
  return fromHex(hex);
}

function attributeCells(
  attributes: readonly AttributeKey[],
  columns: AttributeColumns,
  valuesFor: (attribute: AttributeKey) => readonly AttributeValue[],
): readonly Sql[] {
  return attributes.flatMap((attribute) => {
    const [first, ...further] = valuesFor(attribute);
    return columns.columnsFor(attribute).map((column) => {
      if (first === undefined) return NULL;
      if (column === 'further') return further.length === 0 ? NULL : text(furtherText(further));
      return column === attributeTypeOf(first) ? valueLiteral(first) : NULL;
    });
  });
}

function valuesIn(span: Span, { scope, key }: AttributeKey): readonly AttributeValue[] {
  switch (scope) {
    case 'resource':
      return key === SERVICE_NAME.key ? [serviceName(span.resource)] : valuesOf(span.resource.get(key));
    case 'instrumentation':
      return valuesOf(span.scope.attributes.get(key));
    case 'span':
      return valuesOf(span.attributes.get(key));
    case 'event':
    case 'link':
      return [];
  }
}

function columnsIn(
  spans: readonly { readonly span: Span }[],
  attribute: AttributeKey,
): ReadonlySet<AttributeColumn> {
  const { scope, key } = attribute;
  const columns = new Set<AttributeColumn>();
  for (const { span } of spans) {
    const held =
      scope === 'event'
        ? span.events.map((event) => valuesOf(event.attributes.get(key)))
        : scope === 'link'
          ? span.links.map((link) => valuesOf(link.attributes.get(key)))
          : [valuesIn(span, attribute)];
    for (const [first, ...further] of held) {
      if (first !== undefined) columns.add(attributeTypeOf(first));
      if (further.length > 0) columns.add('further');
    }
  }
  return columns;
}

function valueLiteral(value: AttributeValue): Sql {
  return typeof value === 'object' ? list(value.map(scalarLiteral)) : scalarLiteral(value);
}

function scalarLiteral(value: ScalarValue): Sql {
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'bigint':
      return int(value);
    case 'number':
      return double(value);
    default:
      return value ? TRUE : FALSE;
  }
}

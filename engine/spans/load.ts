import { serviceName, valuesOf } from '../otlp/attributes.js';
import type { AttributeValue, ScalarValue, Span, Trace } from '../otlp/model.js';
import { KIND_NAMES, STATUS_NAMES } from '../otlp/names.js';
import { attributeTypeOf, furtherText } from '../plan/further-values.js';
import { SERVICE_NAME } from '../plan/needs.js';
import {
  ATTRIBUTE_COLUMN_TYPES,
  type AttributeColumn,
  type AttributeKey,
  type ColumnNeeds,
  EVENT_COLUMNS,
  LINK_COLUMNS,
  SPAN_COLUMNS,
  type SpanColumn,
} from '../plan/schema.js';
import { AttributeColumns } from '../sql/compile/attribute-columns.js';
import type { Database } from '../sql/dialects/duckdb/database.js';
import { doubleLiteral, intLiteral, stringLiteral } from '../sql/dialects/duckdb/literal.js';
import { mergeFragments } from './merge.js';
import { clampedDuration, clampedStart } from './time-bounds.js';

/**
 * Fills the relations from plain traces: fragments, copies and any order allowed. Meant for `test` blocks and other small
 * sets; it goes through SQL text.
 */
export async function loadTraces(
  db: Database,
  traces: readonly Trace[],
  needs: ColumnNeeds,
): Promise<AttributeColumns> {
  const spans = traces.flatMap((trace) => trace.spans.map((span) => ({ trace: trace.traceId, span })));
  const columns = new AttributeColumns(needs, (attribute) => columnsIn(spans, attribute));
  const keys = new Map([...new Set(traces.map((trace) => trace.traceId))].map((id, n) => [id, n]));
  const rows = spans.map(({ trace, span }, row) => ({ trace: keys.get(trace)!, row, span }));

  await makeTable(
    db,
    'raw_spans',
    [
      ['trace', 'BIGINT'],
      ['row', 'BIGINT'],
      ...needs.spans.map((column) => [column, SPAN_COLUMNS[column]] as const),
      ...attributeDefinitions(needs.spanAttributes, columns),
    ],
    rows.map(({ trace, row, span }) => [
      String(trace),
      String(row),
      ...needs.spans.map((column) => spanColumn(span, column)),
      ...attributeCells(needs.spanAttributes, columns, (attribute) => valuesIn(span, attribute)),
    ]),
  );
  await makeTable(
    db,
    'raw_traces',
    [
      ['trace', 'BIGINT'],
      ['trace_id', 'BLOB'],
    ],
    [...keys].map(([id, n]) => [String(n), blob(id)]),
  );
  if (needs.events !== undefined) {
    const { columns: names, attributes } = needs.events;
    const stored = attributes.map((key) => ({ scope: 'event' as const, key }));
    await makeTable(
      db,
      'raw_events',
      [
        ['row', 'BIGINT'],
        ['position', 'BIGINT'],
        ...names.map((name) => [name, EVENT_COLUMNS[name]] as const),
        ...attributeDefinitions(stored, columns),
      ],
      rows.flatMap(({ row, span }) =>
        span.events.map((event, position) => [
          String(row),
          String(position),
          ...names.map((name) =>
            name === 'name' ? stringLiteral(event.name) : intLiteral(event.timeSinceStart),
          ),
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
      'raw_links',
      [
        ['row', 'BIGINT'],
        ['position', 'BIGINT'],
        ...names.map((name) => [name, LINK_COLUMNS[name]] as const),
        ...attributeDefinitions(stored, columns),
      ],
      rows.flatMap(({ row, span }) =>
        span.links.map((link, position) => [
          String(row),
          String(position),
          ...names.map((name) => blob(name === 'trace_id' ? link.traceId : link.spanId)),
          ...attributeCells(stored, columns, ({ key }) => valuesOf(link.attributes.get(key))),
        ]),
      ),
    );
  }
  await mergeFragments(db, needs, columns);
  await showMerged(db, needs);
  return columns;
}

/** Makes the merged tables the relations that rules run on. */
async function showMerged(db: Database, needs: ColumnNeeds): Promise<void> {
  const relations = [
    'spans',
    'traces',
    ...(needs.events ? ['events'] : []),
    ...(needs.links ? ['links'] : []),
  ];
  for (const relation of relations)
    await db.run(`CREATE OR REPLACE VIEW ${relation} AS FROM merged_${relation}`);
}

async function makeTable(
  db: Database,
  name: string,
  definitions: readonly (readonly [string, string])[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  await db.run(
    `CREATE OR REPLACE TABLE ${name} (${definitions.map(([column, type]) => `${column} ${type}`).join(', ')})`,
  );
  for (let at = 0; at < rows.length; at += 1000) {
    const values = rows.slice(at, at + 1000).map((row) => `(${row.join(', ')})`);
    await db.run(`INSERT INTO ${name} VALUES ${values.join(',\n')}`);
  }
}

// ----------------------------------------------------------------------------------------------------------- columns

function spanColumn(span: Span, column: SpanColumn): string {
  switch (column) {
    case 'span_id':
      return blob(span.spanId);
    case 'parent_id':
      return blob(span.parentSpanId);
    case 'name':
      return stringLiteral(span.name);
    case 'kind':
      return String(KIND_NAMES.indexOf(span.kind));
    case 'status':
      return String(STATUS_NAMES.indexOf(span.status));
    case 'status_message':
      return stringLiteral(span.statusMessage);
    case 'start_ns':
      return intLiteral(clampedStart(span.start));
    case 'duration_ns':
      return intLiteral(clampedDuration(span.duration));
    case 'nested_left':
    case 'nested_right':
    case 'nested_parent':
      return '0'; // computed when fragments are merged
    case 'scope_name':
      return stringLiteral(span.scope.name);
    case 'scope_version':
      return stringLiteral(span.scope.version);
  }
}

function blob(hex: string): string {
  return `from_hex(${stringLiteral(hex)})`;
}

function attributeDefinitions(
  attributes: readonly AttributeKey[],
  columns: AttributeColumns,
): readonly (readonly [string, string])[] {
  return attributes.flatMap((attribute) =>
    columns
      .columnsFor(attribute)
      .map((column) => [columns.column(attribute, column), ATTRIBUTE_COLUMN_TYPES[column]] as const),
  );
}

function attributeCells(
  attributes: readonly AttributeKey[],
  columns: AttributeColumns,
  valuesFor: (attribute: AttributeKey) => readonly AttributeValue[],
): readonly string[] {
  return attributes.flatMap((attribute) => {
    const [first, ...further] = valuesFor(attribute);
    return columns.columnsFor(attribute).map((column) => {
      if (first === undefined) return 'NULL';
      if (column === 'further') return further.length === 0 ? 'NULL' : stringLiteral(furtherText(further));
      return column === attributeTypeOf(first) ? valueLiteral(first) : 'NULL';
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

function valueLiteral(value: AttributeValue): string {
  return typeof value === 'object' ? `[${value.map(scalarLiteral).join(', ')}]` : scalarLiteral(value);
}

function scalarLiteral(value: ScalarValue): string {
  switch (typeof value) {
    case 'string':
      return stringLiteral(value);
    case 'bigint':
      return intLiteral(value);
    case 'number':
      return doubleLiteral(value);
    default:
      return String(value);
  }
}

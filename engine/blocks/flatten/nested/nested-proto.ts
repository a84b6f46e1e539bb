/** The events' attributes and the links of vParquet3, which are protobuf bytes, as tables for the nested path. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { AttributeValue } from '../../../otlp/model.js';
import { furtherText } from '../../../plan/further-values.js';
import {
  ATTRIBUTE_COLUMN_TYPES,
  type AttributeColumn,
  type AttributeType,
  type LogicalType,
  type StoredScope,
} from '../../../plan/schema.js';
import { typeName } from '../../../sql/dialects/duckdb/dialect.js';
import { attributeColumn } from '../../../sql/relations/flat.js';
import { plainScalar } from '../attributes/further-values.js';
import { decodeAnyValue, decodeLinks, type ProtoValue, type ScalarValue } from '../proto.js';
import type { AttributeSql } from './nested-attributes.js';
import { text } from './nested-sql.js';

const COLUMNS = Object.entries(ATTRIBUTE_COLUMN_TYPES) as readonly [AttributeColumn, LogicalType][];

/** What the keys of a row hold, in order. */
type RowValues = Map<string, NonNullable<ProtoValue>[]>;

function addValue(values: RowValues, key: string, value: ProtoValue): void {
  if (value) values.set(key, [...(values.get(key) ?? []), value]);
}

/** Makes the table `proto_event`: `row` of `nested_events`, and the columns that the result names. */
export async function decodeProtoAttributes(
  connection: DuckDBConnection,
  keys: readonly string[],
): Promise<readonly AttributeSql[]> {
  await createTable(connection, 'proto_event', 'event', keys, []);
  if (keys.length === 0) return [];
  const reader = await connection.runAndReadAll(`
    SELECT row::DOUBLE, key, hex(value) FROM (
      SELECT row, number, a.Key AS key, a.Value AS value
      FROM (SELECT row, unnest(event.Attrs) AS a, generate_subscripts(event.Attrs, 1) AS number FROM nested_events)
    ) WHERE key IN (${keys.map(text).join(', ')}) ORDER BY row, number`);
  const rows = new Map<number, RowValues>();
  for (const [row, key, hex] of reader.getRows()) {
    const values: RowValues = rows.get(Number(row)) ?? new Map();
    rows.set(Number(row), values);
    addValue(values, String(key), decodeAnyValue(Buffer.from(String(hex), 'hex')));
  }
  for (const [row, values] of rows) {
    await insert(connection, 'proto_event', 'event', [['row', String(row)]], keys, values);
  }
  return columnsOf('event', keys);
}

/** Makes the table `nested_links`. */
export async function decodeProtoLinks(
  connection: DuckDBConnection,
  keys: readonly string[],
): Promise<readonly AttributeSql[]> {
  const own = ['span INTEGER', 'trace_id BLOB', 'span_id BLOB'];
  await createTable(connection, 'nested_links', 'link', keys, own);
  const reader = await connection.runAndReadAll(`
    SELECT row::DOUBLE, hex(span.Links) FROM nested WHERE octet_length(span.Links) > 0 ORDER BY row`);
  let row = 0;
  for (const [span, hex] of reader.getRows()) {
    for (const link of decodeLinks(Buffer.from(String(hex), 'hex'))) {
      const values: RowValues = new Map();
      for (const { key, value } of link.attributes) addValue(values, key, value);
      const columns: [string, string][] = [
        ['row', String(row++)],
        ['span', String(span)],
        ['trace_id', blob(link.traceId)],
        ['span_id', blob(link.spanId)],
      ];
      await insert(connection, 'nested_links', 'link', columns, keys, values);
    }
  }
  return columnsOf('link', keys);
}

function columnsOf(scope: StoredScope, keys: readonly string[]): readonly AttributeSql[] {
  return keys.flatMap((key) =>
    COLUMNS.map(([name]) => {
      const column = attributeColumn({ scope, key }, name);
      return { column, sql: column, prepare: undefined };
    }),
  );
}

async function createTable(
  connection: DuckDBConnection,
  table: string,
  scope: StoredScope,
  keys: readonly string[],
  own: readonly string[],
): Promise<void> {
  const columns = keys.flatMap((key) =>
    COLUMNS.map(([name, type]) => `${attributeColumn({ scope, key }, name)} ${typeName(type)}`),
  );
  await connection.run(`CREATE TEMP TABLE ${table} (${['row BIGINT', ...own, ...columns].join(', ')})`);
}

async function insert(
  connection: DuckDBConnection,
  table: string,
  scope: StoredScope,
  own: readonly (readonly [string, string])[],
  keys: readonly string[],
  values: RowValues,
): Promise<void> {
  const columns = [...own];
  for (const key of keys) {
    const [value, ...further] = values.get(key) ?? [];
    if (!value) continue;
    const kind = value.array ? (value.values[0]?.kind ?? 's') : value.value.kind;
    const type = (value.array ? `l${kind}` : kind) as AttributeType;
    const sql = value.array ? `[${value.values.map(literal).join(', ')}]` : literal(value.value);
    columns.push([attributeColumn({ scope, key }, type), sql]);
    if (further.length > 0)
      columns.push([attributeColumn({ scope, key }, 'further'), text(furtherText(further.map(plainValue)))]);
  }
  const names = columns.map(([name]) => name).join(', ');
  await connection.run(
    `INSERT INTO ${table} (${names}) VALUES (${columns.map(([, sql]) => sql).join(', ')})`,
  );
}

function plainValue(value: NonNullable<ProtoValue>): AttributeValue {
  return value.array ? value.values.map(plainScalar) : plainScalar(value.value);
}

function literal(value: ScalarValue): string {
  switch (value.kind) {
    case 's':
      return `decode(${blob(value.value)})`;
    case 'i':
      return `(${value.value})::BIGINT`;
    case 'd':
      return `'${value.value}'::DOUBLE`;
    case 'b':
      return String(value.value);
  }
}

function blob(bytes: Uint8Array): string {
  return `from_hex('${Buffer.from(bytes).toString('hex')}')`;
}

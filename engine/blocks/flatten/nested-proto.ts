/** The events' attributes and the links of vParquet3, which are protobuf bytes, as tables for the nested path. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ATTRIBUTE_TYPES, type AttributeType, type StoredScope } from '../../plan/schema.js';
import { attributeColumn } from '../flat.js';
import type { AttributeSql } from './nested-attributes.js';
import { text } from './nested-sql.js';
import { decodeAnyValue, decodeLinks, type ProtoValue, type ScalarValue } from './proto.js';

const TYPES = Object.entries(ATTRIBUTE_TYPES) as readonly [AttributeType, string][];

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
  const rows = new Map<number, Map<string, ProtoValue>>();
  for (const [row, key, hex] of reader.getRows()) {
    const values = rows.get(Number(row)) ?? new Map<string, ProtoValue>();
    rows.set(Number(row), values);
    if (!values.has(String(key))) values.set(String(key), decodeAnyValue(Buffer.from(String(hex), 'hex')));
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
      const values = new Map<string, ProtoValue>();
      for (const { key, value } of link.attributes) if (!values.has(key)) values.set(key, value);
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
    TYPES.map(([type]) => {
      const column = attributeColumn({ scope, key }, type);
      return { column, sql: column, prepare: [] };
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
    TYPES.map(([type, duckType]) => `${attributeColumn({ scope, key }, type)} ${duckType}`),
  );
  await connection.run(`CREATE TEMP TABLE ${table} (${['row BIGINT', ...own, ...columns].join(', ')})`);
}

async function insert(
  connection: DuckDBConnection,
  table: string,
  scope: StoredScope,
  own: readonly (readonly [string, string])[],
  keys: readonly string[],
  values: ReadonlyMap<string, ProtoValue>,
): Promise<void> {
  const columns = [...own];
  for (const key of keys) {
    const value = values.get(key);
    if (!value) continue;
    const kind = value.array ? (value.values[0]?.kind ?? 's') : value.value.kind;
    const type = (value.array ? `l${kind}` : kind) as AttributeType;
    const sql = value.array ? `[${value.values.map(literal).join(', ')}]` : literal(value.value);
    columns.push([attributeColumn({ scope, key }, type), sql]);
  }
  const names = columns.map(([name]) => name).join(', ');
  await connection.run(
    `INSERT INTO ${table} (${names}) VALUES (${columns.map(([, sql]) => sql).join(', ')})`,
  );
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

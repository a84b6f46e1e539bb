import protobuf from 'protobufjs/minimal.js';
import type { Field, Message, ScalarType } from './message.js';
import { DELIMITED, tag, wireType } from './wire-type.js';

/** Reads what `encodeMessage` or any other protobuf library wrote; unknown fields are skipped. Throws on broken bytes. */
export function decodeMessage<T>(type: Message<T>, bytes: Uint8Array): T {
  const reader = protobuf.Reader.create(bytes);
  return readMessage(reader, type, reader.len) as T;
}

function readMessage(reader: protobuf.Reader, type: Message, end: number): unknown {
  const numbered = new Map([...type.fields].map(([name, field]) => [field.number, { name, field }]));
  const record: Record<string, unknown> = {};
  while (reader.pos < end) {
    const key = reader.uint32();
    const known = numbered.get(key >>> 3);
    if (known === undefined || (key & 7) !== wireType(known.field.type)) reader.skipType(key & 7);
    else readField(reader, known.name, known.field, record);
  }
  if (reader.pos !== end) throw new RangeError(`${type.name} ends inside a field`);
  return record;
}

function readField(
  reader: protobuf.Reader,
  name: string,
  field: Field,
  record: Record<string, unknown>,
): void {
  const { type } = field;
  if (type.kind === 'map') {
    const entries = (record[name] as Map<string, unknown> | undefined) ?? new Map<string, unknown>();
    entries.set(...readEntry(reader, type.message()));
    record[name] = entries;
    return;
  }
  const value = readValue(reader, field);
  if (!field.repeated) {
    record[name] = value;
    return;
  }
  const items = (record[name] as unknown[] | undefined) ?? [];
  items.push(value);
  record[name] = items;
}

function readEntry(reader: protobuf.Reader, type: Message): [string, unknown] {
  const end = reader.uint32() + reader.pos;
  let key = '';
  let value: unknown = {};
  while (reader.pos < end) {
    const part = reader.uint32();
    if (part === tag(1, DELIMITED)) key = reader.string();
    else if (part === tag(2, DELIMITED)) value = readMessage(reader, type, reader.uint32() + reader.pos);
    else reader.skipType(part & 7);
  }
  return [key, value];
}

function readValue(reader: protobuf.Reader, { type }: Field): unknown {
  switch (type.kind) {
    case 'message':
      return readMessage(reader, type.message(), reader.uint32() + reader.pos);
    case 'enum':
      return reader.uint32();
    case 'scalar':
      return readScalar(reader, type.scalar);
    case 'map':
      throw new TypeError('a map is read entry by entry');
  }
}

function readScalar(reader: protobuf.Reader, type: ScalarType): unknown {
  switch (type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return reader.bytes();
    case 'bool':
      return reader.bool();
    case 'uint32':
      return reader.uint32();
    case 'fixed32':
      return reader.fixed32();
    case 'double':
      return reader.double();
    case 'uint64':
      return unsigned(reader.uint64());
    case 'int64':
      return BigInt.asIntN(64, unsigned(reader.int64()));
    case 'fixed64':
      return unsigned(reader.fixed64());
  }
}

/** `long` comes with protobufjs, so its readers never give numbers that have lost digits. */
function unsigned(value: number | protobuf.Long): bigint {
  if (typeof value === 'number') return BigInt(value);
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

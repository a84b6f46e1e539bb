import { type FieldType, isZero, type Message, type ScalarType } from './message.js';

/**
 * The JSON text of `value` by proto3's rules, as Tempo writes it: zero values left out (but for the lists of answers), 64-bit integers as text,
 * bytes in base64, enums by name. https://protobuf.dev/programming-guides/json/
 */
export function messageText<T>(type: Message<T>, value: T): string {
  return JSON.stringify(jsonOf(type, value));
}

function jsonOf(type: Message, value: unknown): Readonly<Record<string, unknown>> {
  const record = value as Readonly<Record<string, unknown>>;
  const json: Record<string, unknown> = {};
  for (const [name, field] of type.fields) {
    const member = record[name];
    const zero = member === undefined || isZero(member);
    if (zero && field.evenEmpty) json[name] = [];
    if (member === undefined || (!field.oneof && zero)) continue;
    json[name] = field.repeated
      ? (member as readonly unknown[]).map((item) => jsonValue(field.type, item))
      : jsonValue(field.type, member);
  }
  return json;
}

function jsonValue(type: FieldType, value: unknown): unknown {
  switch (type.kind) {
    case 'scalar':
      return jsonScalar(type.scalar, value);
    case 'enum':
      // An unknown number stays one, which proto3 allows.
      return type.names[value as number] ?? value;
    case 'message':
      return jsonOf(type.message(), value);
    case 'map': {
      const entries = [...(value as ReadonlyMap<string, unknown>)];
      // Defines the key even where it is `__proto__`, which an assignment would not.
      return Object.fromEntries(entries.map(([key, item]) => [key, jsonOf(type.message(), item)]));
    }
  }
}

function jsonScalar(type: ScalarType, value: unknown): unknown {
  switch (type) {
    case 'bytes':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'uint64':
    case 'int64':
    case 'fixed64':
      return String(value);
    case 'double':
      return Number.isFinite(value) ? value : String(value);
    case 'string':
    case 'bool':
    case 'uint32':
    case 'fixed32':
      return value;
  }
}

/**
 * Attribute values that Tempo does not keep in columns: as JSON text of an `AnyValue` (maps, bytes, mixed arrays), and as protobuf
 * (events and links of vParquet3).
 */
import { CorruptError } from '../flatten/error.js';
import { type ProtoField, protoFields } from '../flatten/proto.js';
import type { AnyValue, KeyValue, TraceLink } from './otlp-trace.js';

/** Deeper values are cut to `empty`: no program's attributes are, and recursion must end. */
const MAX_DEPTH = 64;
const EMPTY: AnyValue = { kind: 'empty' };

/** The value of a proto3 JSON text; `empty` where it is none. */
export function valueOfJson(text: string): AnyValue {
  try {
    return fromJson(JSON.parse(text), 0);
  } catch {
    return EMPTY;
  }
}

function fromJson(json: unknown, depth: number): AnyValue {
  if (depth > MAX_DEPTH) return EMPTY;
  const text = get(json, 'stringValue');
  if (typeof text === 'string') return { kind: 'string', value: text };
  const bool = get(json, 'boolValue');
  if (typeof bool === 'boolean') return { kind: 'bool', value: bool };
  const int = get(json, 'intValue');
  if ((typeof int === 'string' && /^-?\d{1,19}$/.test(int)) || Number.isSafeInteger(int))
    return { kind: 'int', value: BigInt.asIntN(64, BigInt(int as string | number)) };
  const double = get(json, 'doubleValue');
  if (typeof double === 'number') return { kind: 'double', value: double };
  // proto3 JSON writes these as texts.
  if (double === 'NaN' || double === 'Infinity' || double === '-Infinity')
    return { kind: 'double', value: Number(double) };
  const bytes = get(json, 'bytesValue');
  if (typeof bytes === 'string')
    return { kind: 'bytes', value: new Uint8Array(Buffer.from(bytes, 'base64')) };
  const array = get(json, 'arrayValue');
  if (array !== undefined)
    return { kind: 'array', values: list(get(array, 'values')).map((value) => fromJson(value, depth + 1)) };
  const map = get(json, 'kvlistValue');
  if (map === undefined) return EMPTY;
  return {
    kind: 'kvlist',
    values: list(get(map, 'values')).map((pair) => {
      const key = get(pair, 'key');
      return { key: typeof key === 'string' ? key : '', value: fromJson(get(pair, 'value'), depth + 1) };
    }),
  };
}

function get(json: unknown, key: string): unknown {
  return typeof json === 'object' && json !== null
    ? (json as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function list(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [];
}

/** The value of an attribute of a vParquet3 event: protobuf, or JSON in early files. */
export function valueOfProto(message: Uint8Array): AnyValue {
  try {
    return anyValue(message, 0);
  } catch (error) {
    if (error instanceof CorruptError) return valueOfJson(textOf(message));
    throw error;
  }
}

/** The links of a vParquet3 span (`LinkSlice`). Throws `CorruptError`. */
export function linksOfProto(message: Uint8Array): readonly TraceLink[] {
  const links: TraceLink[] = [];
  for (const { id, bytes } of protoFields(message)) if (id === 1) links.push(linkOf(bytes));
  return links;
}

function linkOf(message: Uint8Array): TraceLink {
  let [traceId, spanId, traceState, droppedAttributesCount] = ['', '', '', 0];
  const attributes: KeyValue[] = [];
  for (const { id, bytes, number } of protoFields(message)) {
    if (id === 1) traceId = hexOf(bytes);
    else if (id === 2) spanId = hexOf(bytes);
    else if (id === 3) traceState = textOf(bytes);
    else if (id === 4) attributes.push(keyValue(bytes, 0));
    else if (id === 5) droppedAttributesCount = Number(BigInt.asUintN(32, number));
  }
  return { traceId, spanId, traceState, attributes, droppedAttributesCount };
}

function keyValue(message: Uint8Array, depth: number): KeyValue {
  let key = '';
  let value = EMPTY;
  for (const { id, bytes } of protoFields(message)) {
    if (id === 1) key = textOf(bytes);
    else if (id === 2) value = anyValue(bytes, depth);
  }
  return { key, value };
}

/** Of several fields the last counts, as protobuf has it for a oneof. */
function anyValue(message: Uint8Array, depth: number): AnyValue {
  let value = EMPTY;
  if (depth > MAX_DEPTH) return value;
  for (const field of protoFields(message)) value = fieldValue(field, depth) ?? value;
  return value;
}

function fieldValue({ id, number, bytes }: ProtoField, depth: number): AnyValue | undefined {
  switch (id) {
    case 1:
      return { kind: 'string', value: textOf(bytes) };
    case 2:
      return { kind: 'bool', value: number !== 0n };
    case 3:
      return { kind: 'int', value: BigInt.asIntN(64, number) };
    case 4:
      return { kind: 'double', value: new Float64Array(BigUint64Array.of(number).buffer)[0] ?? 0 };
    case 5:
      return { kind: 'array', values: inside(bytes, (value) => anyValue(value, depth + 1)) };
    case 6:
      return { kind: 'kvlist', values: inside(bytes, (pair) => keyValue(pair, depth + 1)) };
    case 7:
      return { kind: 'bytes', value: bytes.slice() };
    default:
      return undefined;
  }
}

function inside<T>(message: Uint8Array, read: (element: Uint8Array) => T): readonly T[] {
  const found: T[] = [];
  for (const { id, bytes } of protoFields(message)) if (id === 1) found.push(read(bytes));
  return found;
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/**
 * Attributes as protobuf bytes, as vParquet3 keeps those of events (`AnyValue`) and whole links (`LinkSlice`); messages of
 * opentelemetry/proto/common/v1/common.proto and trace/v1/trace.proto.
 */
import { CorruptError, corrupt } from './error.js';

export type ScalarValue =
  | { readonly kind: 's'; readonly value: Uint8Array }
  | { readonly kind: 'i'; readonly value: bigint }
  | { readonly kind: 'd'; readonly value: number }
  | { readonly kind: 'b'; readonly value: boolean };

/** `undefined` stands for what rules cannot see: no value, key-value lists, bytes, arrays of unlike or such elements. */
export type ProtoValue =
  | { readonly array: false; readonly value: ScalarValue }
  | { readonly array: true; readonly values: readonly ScalarValue[] }
  | undefined;

export interface ProtoLink {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly attributes: readonly { readonly key: string; readonly value: ProtoValue }[];
}

export interface ProtoField {
  readonly id: number;
  /** Of a varint or fixed field. */
  readonly number: bigint;
  /** Of a length-delimited field. */
  readonly bytes: Uint8Array;
}

const NONE = new Uint8Array(0);
const NO_ATTRIBUTE = { key: '', value: undefined };

/** The fields of a message. Throws `CorruptError`. */
export function* protoFields(message: Uint8Array): Iterable<ProtoField> {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  let position = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (position >= message.length) break;
      const byte = message[position++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    return corrupt('a protobuf message ends early');
  };
  const take = (count: number): number => {
    if (count > message.length - position) corrupt('a protobuf message ends early');
    position += count;
    return position - count;
  };
  while (position < message.length) {
    const tag = varint();
    const id = Number(tag >> 3n);
    switch (Number(tag & 7n)) {
      case 0:
        yield { id, number: varint(), bytes: NONE };
        break;
      case 1:
        yield { id, number: view.getBigUint64(take(8), true), bytes: NONE };
        break;
      case 2: {
        const length = Number(varint());
        const start = take(length);
        yield { id, number: 0n, bytes: message.subarray(start, start + length) };
        break;
      }
      case 5:
        yield { id, number: BigInt(view.getUint32(take(4), true)), bytes: NONE };
        break;
      default:
        corrupt('a protobuf message has a field of unknown type');
    }
  }
}

/**
 * An `AnyValue`; of several fields the last counts, as protobuf has it for a oneof. Arrays in arrays are not looked into. No value where the bytes are no such
 * message, as in early files of vParquet3, which have JSON instead.
 */
export function decodeAnyValue(message: Uint8Array): ProtoValue {
  return readable(() => {
    const field = valueField(message);
    if (field?.id === 5) return decodeArray(field.bytes);
    const value = scalarOf(field);
    return value && { array: false, value };
  });
}

/** Undefined for bytes that are not what `read` expects. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CorruptError) return undefined;
    throw error;
  }
}

function valueField(message: Uint8Array): ProtoField | undefined {
  let last: ProtoField | undefined;
  for (const field of protoFields(message)) if (field.id >= 1 && field.id <= 7) last = field;
  return last;
}

function scalarOf(field: ProtoField | undefined): ScalarValue | undefined {
  switch (field?.id) {
    case 1:
      return { kind: 's', value: field.bytes };
    case 2:
      return { kind: 'b', value: field.number !== 0n };
    case 3:
      return { kind: 'i', value: BigInt.asIntN(64, field.number) };
    case 4:
      return { kind: 'd', value: doubleOf(field.number) };
    default:
      return undefined;
  }
}

function decodeArray(message: Uint8Array): ProtoValue {
  const values: ScalarValue[] = [];
  for (const { id, bytes } of protoFields(message)) {
    if (id !== 1) continue;
    const value = scalarOf(valueField(bytes));
    if (value === undefined || (values[0] ?? value).kind !== value.kind) return undefined;
    values.push(value);
  }
  return { array: true, values };
}

function doubleOf(bits: bigint): number {
  return new Float64Array(BigUint64Array.of(bits).buffer)[0]!;
}

/** A `LinkSlice`: the links of one span, without attributes that cannot be read. Throws `CorruptError` where links cannot. */
export function decodeLinks(message: Uint8Array): readonly ProtoLink[] {
  const links: ProtoLink[] = [];
  for (const { id, bytes } of protoFields(message)) {
    if (id !== 1) continue;
    let traceId: Uint8Array = NONE;
    let spanId: Uint8Array = NONE;
    const attributes: { key: string; value: ProtoValue }[] = [];
    for (const part of protoFields(bytes)) {
      if (part.id === 1) traceId = part.bytes;
      else if (part.id === 2) spanId = part.bytes;
      else if (part.id === 4) attributes.push(decodeKeyValue(part.bytes) ?? NO_ATTRIBUTE);
    }
    links.push({ traceId, spanId, attributes });
  }
  return links;
}

function decodeKeyValue(message: Uint8Array): { key: string; value: ProtoValue } | undefined {
  return readable(() => {
    let key = '';
    let value: ProtoValue;
    for (const { id, bytes } of protoFields(message)) {
      if (id === 1) key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
      else if (id === 2) value = decodeAnyValue(bytes);
    }
    return { key, value };
  });
}

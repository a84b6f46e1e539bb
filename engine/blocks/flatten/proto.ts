/**
 * Attributes as protobuf bytes, as vParquet3 keeps those of events (`AnyValue`) and whole links (`LinkSlice`); messages of
 * opentelemetry/proto/common/v1/common.proto and trace/v1/trace.proto.
 */
import { corrupt } from './error.js';

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
    const tag = Number(varint());
    const id = Math.floor(tag / 8);
    switch (tag % 8) {
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

/** An `AnyValue`; of several fields the last counts, as protobuf has it for a oneof. Throws `CorruptError`. */
export function decodeAnyValue(message: Uint8Array): ProtoValue {
  let value: ProtoValue;
  for (const { id, number, bytes } of protoFields(message)) {
    if (id === 1) value = { array: false, value: { kind: 's', value: bytes } };
    else if (id === 2) value = { array: false, value: { kind: 'b', value: number !== 0n } };
    else if (id === 3) value = { array: false, value: { kind: 'i', value: BigInt.asIntN(64, number) } };
    else if (id === 4) value = { array: false, value: { kind: 'd', value: doubleOf(number) } };
    else if (id === 5) value = decodeArray(bytes);
    else if (id === 6 || id === 7) value = undefined;
  }
  return value;
}

function decodeArray(message: Uint8Array): ProtoValue {
  const values: ScalarValue[] = [];
  for (const { id, bytes } of protoFields(message)) {
    if (id !== 1) continue;
    const value = decodeAnyValue(bytes);
    if (!value || value.array || (values.length > 0 && values[0]!.kind !== value.value.kind))
      return undefined;
    values.push(value.value);
  }
  return { array: true, values };
}

function doubleOf(bits: bigint): number {
  return new Float64Array(BigUint64Array.of(bits).buffer)[0]!;
}

/** A `LinkSlice`: the links of one span. Throws `CorruptError`. */
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
      else if (part.id === 4) attributes.push(decodeKeyValue(part.bytes));
    }
    links.push({ traceId, spanId, attributes });
  }
  return links;
}

function decodeKeyValue(message: Uint8Array): { key: string; value: ProtoValue } {
  let key = '';
  let value: ProtoValue;
  for (const { id, bytes } of protoFields(message)) {
    if (id === 1) key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    else if (id === 2) value = decodeAnyValue(bytes);
  }
  return { key, value };
}

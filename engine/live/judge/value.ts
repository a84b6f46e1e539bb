import type { AttributeValue, ScalarValue } from '../../otlp/model.js';
import type { AttributeType } from '../../plan/schema.js';
import type { TextPool } from '../../sql/store/text-pool.js';
import { ANY_VALUE, ARRAY_VALUE, type WireReader } from '../otlp/fields.js';

type ListType = Extract<AttributeType, `l${string}`>;

/** A text is its number in a pool. */
export type TypedValue =
  | { readonly type: 's' | 'd'; readonly value: number }
  | { readonly type: 'i'; readonly value: bigint }
  | { readonly type: 'b'; readonly value: boolean }
  | { readonly type: ListType; readonly value: readonly ScalarValue[] };

/** The value itself. */
export function plainValue({ type, value }: TypedValue, pool: TextPool): AttributeValue {
  return type === 's' ? pool.textOf(value) : value;
}

/** Reads an `AnyValue`; undefined for one that rules cannot ask for: nothing, maps, bytes, and arrays of several types. */
export function readValue(reader: WireReader, end: number, pool: TextPool): TypedValue | undefined {
  let value: TypedValue | undefined;
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case ANY_VALUE.string:
        value = { type: 's', value: readText(reader, pool) };
        break;
      case ANY_VALUE.bool:
        value = { type: 'b', value: reader.bool() };
        break;
      case ANY_VALUE.int:
        value = { type: 'i', value: int64(reader) };
        break;
      case ANY_VALUE.double:
        value = { type: 'd', value: reader.double() };
        break;
      case ANY_VALUE.array:
        value = readArray(reader, reader.uint32() + reader.pos, pool);
        break;
      default:
        value = undefined;
        reader.skipType(tag & 7);
    }
  }
  return value;
}

/** Reads a text, behind its tag, and returns its number. */
export function readText(reader: WireReader, pool: TextPool): number {
  const to = reader.uint32() + reader.pos;
  const from = reader.pos;
  reader.pos = to;
  return pool.intern(reader.buf, from, to);
}

const LISTS: Partial<Record<AttributeType, ListType>> = { s: 'ls', i: 'li', d: 'ld', b: 'lb' };

function readArray(reader: WireReader, end: number, pool: TextPool): TypedValue | undefined {
  const items: ScalarValue[] = [];
  let type: ListType | undefined = 'ls';
  let read = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag !== ARRAY_VALUE.values) {
      reader.skipType(tag & 7);
      continue;
    }
    const item = readValue(reader, reader.uint32() + reader.pos, pool);
    const list = item === undefined ? undefined : LISTS[item.type];
    const scalar = item === undefined ? undefined : plainValue(item, pool);
    if (read === 0) type = list;
    else if (type !== list) type = undefined;
    read++;
    if (scalar !== undefined && typeof scalar !== 'object') items.push(scalar);
  }
  return type === undefined ? undefined : { type, value: items };
}

const words = new Uint32Array(2);
const word = new BigInt64Array(words.buffer);

/** A varint of 64 bits. The reader's own would make an object of it. */
function int64(reader: WireReader): bigint {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = reader.buf[reader.pos++]!;
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high |= bits >>> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) break;
  }
  words[0] = low;
  words[1] = high;
  return word[0]!;
}

/** Encodes the values of flat columns. */
import { bitWidth } from '../parquet/hybrid.js';
import { encodeCodes, encodeRun } from '../parquet/hybrid-encode.js';
import { Encoding } from '../parquet/parquet-format.js';
import { type AnyStore, BoolStore, StringStore, type WideStore } from '../rows/stores.js';

export interface EncodedValues {
  readonly encoding: number;
  readonly bodies: readonly Uint8Array[];
  readonly dictionary?: { readonly entries: number; readonly body: Uint8Array };
}

/** The values number `places` of a store. */
export function encodeValues(store: AnyStore, places: Int32Array): EncodedValues {
  if (store instanceof StringStore) return encodeStrings(store, places);
  if (store instanceof BoolStore) {
    const bits = new Uint8Array(places.length);
    for (let i = 0; i < places.length; i++) bits[i] = store.bits.array[places[i]!]!;
    return { encoding: Encoding.PLAIN, bodies: [packBits(bits, bits.length)] };
  }
  return { encoding: Encoding.PLAIN, bodies: [encodeWide(store, places)] };
}

function encodeWide(store: WideStore, places: Int32Array): Uint8Array {
  const out = new Int32Array(places.length * 2);
  const halves = store.halves.array;
  for (let i = 0; i < places.length; i++) {
    const from = 2 * places[i]!;
    out[2 * i] = halves[from]!;
    out[2 * i + 1] = halves[from + 1]!;
  }
  return new Uint8Array(out.buffer);
}

/** A dictionary of only the texts that occur; PLAIN where most of them occur once. */
function encodeStrings(store: StringStore, places: Int32Array): EncodedValues {
  const count = places.length;
  const used = new Int32Array(Math.min(count, store.pool.size));
  const out = new Int32Array(count);
  const distinct = renumber(store, places, used, out);
  const texts = used.subarray(0, distinct);
  if (distinct * 2 > count && count > 16) {
    const codes = out.map((number) => used[number]!);
    return { encoding: Encoding.PLAIN, bodies: [plainTexts(store, codes)] };
  }
  const width = Math.max(1, bitWidth(Math.max(0, distinct - 1)));
  const runs = distinct <= 1 ? encodeRun(0, count) : encodeCodes(out, count, width);
  return {
    encoding: Encoding.RLE_DICTIONARY,
    bodies: [Uint8Array.of(width), runs],
    dictionary: { entries: distinct, body: plainTexts(store, texts) },
  };
}

/** Numbers texts by first occurrence: `out` gets the number of each value, `used` the code of each number. Returns how many there are. */
function renumber(store: StringStore, places: Int32Array, used: Int32Array, out: Int32Array): number {
  const codes = store.codes.array;
  const numbers = new Int32Array(store.pool.size).fill(-1);
  let distinct = 0;
  for (let i = 0; i < places.length; i++) {
    const code = codes[places[i]!]!;
    let number = numbers[code]!;
    if (number < 0) {
      number = distinct++;
      numbers[code] = number;
      used[number] = code;
    }
    out[i] = number;
  }
  return distinct;
}

/** PLAIN BYTE_ARRAY: each text after its length (uint32). */
function plainTexts(store: StringStore, codes: Int32Array): Uint8Array {
  let total = codes.length * 4;
  const { pool } = store;
  let { texts, first } = codes.length > 0 ? pool.part(codes[0]!) : { texts: undefined, first: 0 };
  for (const code of codes) {
    if (!texts || code < first || code >= first + texts.count) ({ texts, first } = pool.part(code));
    total += texts.lengths[code - first]!;
  }
  const out = new Uint8Array(total);
  let to = 0;
  for (const code of codes) {
    if (!texts || code < first || code >= first + texts.count) ({ texts, first } = pool.part(code));
    const length = texts.lengths[code - first]!;
    let from = texts.starts[code - first]!;
    out[to] = length;
    out[to + 1] = length >>> 8;
    out[to + 2] = length >>> 16;
    out[to + 3] = length >>> 24;
    to += 4;
    const { heap } = texts;
    if (length > 64) {
      out.set(heap.subarray(from, from + length), to);
      to += length;
    } else for (const end = to + length; to < end; ) out[to++] = heap[from++]!;
  }
  return out;
}

/** PLAIN booleans; `flags` has a 0 or 1 each. */
export function packBits(flags: Uint8Array | Int32Array, count: number): Uint8Array {
  const out = new Uint8Array((count + 7) >>> 3);
  for (let i = 0; i < count; i++) out[i >> 3]! |= flags[i]! << (i & 7);
  return out;
}

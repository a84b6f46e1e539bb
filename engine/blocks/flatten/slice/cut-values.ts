/** Some values of a page, encoded anew where they cannot be copied. */
import { corrupt, UnknownShapeError } from '../error.js';
import { packBits } from '../flat/flat-values.js';
import { decodeByteArrays } from '../parquet/byte-arrays.js';
import { decodeDelta32, decodeDelta64 } from '../parquet/delta.js';
import { decodeCodes, SLACK } from '../parquet/hybrid.js';
import { encodeCodes } from '../parquet/hybrid-encode.js';
import { type DataPage, isDictionaryCoded, pageBody } from '../parquet/pages.js';
import { Encoding, PhysicalType } from '../parquet/parquet-format.js';
import type { Leaf } from '../parquet/schema-tree.js';
import { decodeBits } from '../rows/stores.js';

export interface CutValues {
  readonly encoding: number;
  /** Not compressed. */
  readonly body: Uint8Array;
}

/** The values number `from` (inclusive) to `to` (exclusive) of a page; codes of a dictionary stay codes of it. Throws `CorruptError`, `UnknownShapeError`. */
export function cutValues(page: DataPage, leaf: Leaf, from: number, to: number): CutValues {
  const count = page.entries - page.nulls;
  if (to > count) corrupt('has fewer values than its levels say');
  if (from === to) return { encoding: Encoding.PLAIN, body: new Uint8Array(0) };
  if (isDictionaryCoded(page)) return { encoding: page.encoding, body: cutCodes(page, from, to) };
  const body = plainValues(page, leaf, count, from, to);
  return { encoding: Encoding.PLAIN, body };
}

function cutCodes(page: DataPage, from: number, to: number): Uint8Array {
  const body = pageBody(page);
  const codes = new Int32Array(to + SLACK);
  decodeCodes(body, codes, to);
  const width = Math.max(1, body[0]!);
  if (width > MOST_BITS) throw new UnknownShapeError(`codes of a dictionary have ${width} bits`);
  const runs = encodeCodes(codes.subarray(from, to), to - from, width);
  const cut = new Uint8Array(1 + runs.length);
  cut[0] = width;
  cut.set(runs, 1);
  return cut;
}

/** What `encodeCodes` writes. */
const MOST_BITS = 24;

function plainValues(page: DataPage, leaf: Leaf, count: number, from: number, to: number): Uint8Array {
  switch (leaf.type) {
    case PhysicalType.BYTE_ARRAY:
      return plainTexts(page, count, from, to);
    case PhysicalType.BOOLEAN:
      return packBits(decodeBits(page).slice(from, to), to - from);
    case PhysicalType.INT32:
      return numbers(page, 4, from, to, (body, out) => decodeDelta32(body, 0, out, 0, count), count);
    case PhysicalType.INT64:
    case PhysicalType.DOUBLE:
      return numbers(page, 8, from, to, (body, out) => decodeDelta64(body, 0, out, 0, count, to), 2 * to);
    default:
      throw new UnknownShapeError(`column ${leaf.path} is of type ${leaf.type}`);
  }
}

function numbers(
  page: DataPage,
  width: number,
  from: number,
  to: number,
  decode: (body: Uint8Array, out: Int32Array) => void,
  words: number,
): Uint8Array {
  const body = pageBody(page);
  if (page.encoding === Encoding.PLAIN) {
    if (to * width > body.length) corrupt('numbers end early');
    return body.subarray(from * width, to * width);
  }
  if (page.encoding !== Encoding.DELTA_BINARY_PACKED)
    throw new UnknownShapeError(`numbers are encoded as ${page.encoding}`);
  const out = new Int32Array(words);
  decode(body, out);
  return new Uint8Array(out.buffer, from * width, (to - from) * width);
}

/** Each text after its length (uint32). */
function plainTexts(page: DataPage, count: number, from: number, to: number): Uint8Array {
  const { heap, starts, lengths } = decodeByteArrays(pageBody(page), page.encoding, count);
  let size = 0;
  for (let i = from; i < to; i++) size += 4 + lengths[i]!;
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  let position = 0;
  for (let i = from; i < to; i++) {
    const length = lengths[i]!;
    view.setUint32(position, length, true);
    out.set(heap.subarray(starts[i]!, starts[i]! + length), position + 4);
    position += 4 + length;
  }
  return out;
}

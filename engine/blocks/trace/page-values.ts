/** Some values of a page, each as a value of its own: for one trace, not for columns. */

import { corrupt, UnknownShapeError } from '../flatten/error.js';
import { type ByteArrays, decodeByteArrays } from '../flatten/parquet/byte-arrays.js';
import { decodeDelta32, decodeDelta64 } from '../flatten/parquet/delta.js';
import { IntScratch } from '../flatten/parquet/growable.js';
import { decodeCodes, SLACK } from '../flatten/parquet/hybrid.js';
import { type DataPage, isDictionaryCoded, pageBody } from '../flatten/parquet/pages.js';
import { Encoding, PhysicalType } from '../flatten/parquet/parquet-format.js';
import type { Leaf } from '../flatten/parquet/schema-tree.js';
import { decodeBits } from '../flatten/rows/stores.js';
import type { Dictionary } from './block-files.js';

/** Texts and ids are bytes, INT64 is a signed `bigint`, INT32 and DOUBLE are numbers. */
export type LeafValue = Uint8Array | bigint | number | boolean;

/** The values number `from` (inclusive) to `to` (exclusive) of a page. Throws `CorruptError`, `UnknownShapeError`. */
export function readValues(
  page: DataPage,
  dictionary: Dictionary | undefined,
  leaf: Leaf,
  from: number,
  to: number,
): readonly LeafValue[] {
  const count = page.entries - page.nulls;
  if (to > count) corrupt(`column ${leaf.path} has fewer values than its levels say`);
  if (from === to) return [];
  const pick = isDictionaryCoded(page)
    ? fromDictionary(page, dictionary, leaf, to)
    : fromPage(page, leaf, count, to);
  return Array.from({ length: to - from }, (_, i) => pick(from + i));
}

/** What picks values out of a page reads scratch space: it is used up before the next page is decoded. */
const codeScratch = new IntScratch();
const deltaScratch = new IntScratch();

type Pick = (position: number) => LeafValue;

function fromDictionary(page: DataPage, dictionary: Dictionary | undefined, leaf: Leaf, first: number): Pick {
  if (!dictionary) return corrupt(`column ${leaf.path} needs a dictionary that is not there`);
  const codes = codeScratch.get(first + SLACK);
  decodeCodes(pageBody(page), codes, first);
  const size = dictionary.kind === 'texts' ? dictionary.texts.count : dictionary.page.entries;
  const entry = dictionary.kind === 'texts' ? texts(dictionary.texts) : plain(dictionary.plain, leaf, size);
  return (position) => {
    const code = codes[position] ?? -1;
    if (code < 0 || code >= size) corrupt(`column ${leaf.path} has a dictionary code out of range`);
    return entry(code);
  };
}

function fromPage(page: DataPage, leaf: Leaf, count: number, first: number): Pick {
  switch (leaf.type) {
    case PhysicalType.BYTE_ARRAY:
      return texts(decodeByteArrays(pageBody(page), page.encoding, count));
    case PhysicalType.BOOLEAN: {
      const bits = decodeBits(page);
      return (position) => bits[position] === 1;
    }
    default:
      if (page.encoding === Encoding.PLAIN) return plain(pageBody(page), leaf, count);
      if (page.encoding === Encoding.DELTA_BINARY_PACKED) return delta(pageBody(page), leaf, count, first);
      throw new UnknownShapeError(`numbers are encoded as ${page.encoding}`);
  }
}

function texts({ heap, starts, lengths }: ByteArrays): Pick {
  return (position) => {
    const start = starts[position] ?? 0;
    return heap.subarray(start, start + (lengths[position] ?? 0));
  };
}

function plain(body: Uint8Array, leaf: Leaf, count: number): Pick {
  const width = leaf.type === PhysicalType.INT32 ? 4 : 8;
  if (count * width > body.length) corrupt(`column ${leaf.path} has numbers that end early`);
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  switch (leaf.type) {
    case PhysicalType.INT32:
      return (position) => view.getInt32(position * 4, true);
    case PhysicalType.INT64:
      return (position) => view.getBigInt64(position * 8, true);
    case PhysicalType.DOUBLE:
      return (position) => view.getFloat64(position * 8, true);
    default:
      throw new UnknownShapeError(`column ${leaf.path} is of type ${leaf.type}`);
  }
}

function delta(body: Uint8Array, leaf: Leaf, count: number, first: number): Pick {
  if (leaf.type === PhysicalType.INT32) {
    const values = deltaScratch.get(count);
    decodeDelta32(body, 0, values, 0, count);
    return (position) => values[position] ?? 0;
  }
  if (leaf.type !== PhysicalType.INT64)
    throw new UnknownShapeError(`column ${leaf.path} is of type ${leaf.type}`);
  const halves = deltaScratch.get(first * 2);
  decodeDelta64(body, 0, halves, 0, count, first);
  return (position) =>
    (BigInt(halves[2 * position + 1] ?? 0) << 32n) | BigInt((halves[2 * position] ?? 0) >>> 0);
}

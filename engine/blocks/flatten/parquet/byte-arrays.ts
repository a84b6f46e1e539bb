import { corrupt, UnknownShapeError } from '../error.js';
import { decodeDelta32 } from './delta.js';
import { Encoding, Limits } from './parquet-format.js';

/** Byte arrays as places in a heap. */
export interface ByteArrays {
  readonly heap: Uint8Array;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly count: number;
}

/**
 * The `count` values of a BYTE_ARRAY page that is not dictionary-coded ("Encodings.md" of parquet-format). Throws
 * `CorruptError` and, for other encodings, `UnknownShapeError`.
 */
export function decodeByteArrays(body: Uint8Array, encoding: number, count: number): ByteArrays {
  switch (encoding) {
    case Encoding.PLAIN:
    case Encoding.PLAIN_DICTIONARY:
      return plain(body, count);
    case Encoding.DELTA_LENGTH_BYTE_ARRAY:
      return deltaLength(body, 0, count);
    case Encoding.DELTA_BYTE_ARRAY:
      return deltaPrefix(body, count);
    default:
      throw new UnknownShapeError(`texts are encoded as ${encoding}`);
  }
}

function plain(body: Uint8Array, count: number): ByteArrays {
  if (count * 4 > body.length) corrupt('texts end early');
  const starts = new Int32Array(count);
  const lengths = new Int32Array(count);
  const end = body.length;
  let position = 0;
  for (let i = 0; i < count; i++) {
    if (position + 4 > end) corrupt('texts end early');
    const length =
      body[position]! |
      (body[position + 1]! << 8) |
      (body[position + 2]! << 16) |
      (body[position + 3]! << 24);
    position += 4;
    if (length < 0 || length > end - position) corrupt('a text is longer than its page');
    starts[i] = position;
    lengths[i] = length;
    position += length;
  }
  return { heap: body, starts, lengths, count };
}

function deltaLength(body: Uint8Array, from: number, count: number): ByteArrays {
  const lengths = new Int32Array(count);
  let position = decodeDelta32(body, from, lengths, 0, count);
  const starts = new Int32Array(count);
  const end = body.length;
  for (let i = 0; i < count; i++) {
    const length = lengths[i]!;
    if (length < 0 || length > end - position) corrupt('a text is longer than its page');
    starts[i] = position;
    position += length;
  }
  return { heap: body, starts, lengths, count };
}

/** DELTA_BYTE_ARRAY: each value is a prefix of the one before and a suffix of its own. */
function deltaPrefix(body: Uint8Array, count: number): ByteArrays {
  const prefixes = new Int32Array(count);
  const suffixes = deltaLength(body, decodeDelta32(body, 0, prefixes, 0, count), count);
  let total = 0;
  let previous = 0;
  for (let i = 0; i < count; i++) {
    if (prefixes[i]! < 0 || prefixes[i]! > previous) corrupt('a text repeats more than there is before it');
    previous = prefixes[i]! + suffixes.lengths[i]!;
    total += previous;
    if (total > Limits.pageBytes) corrupt('the texts of a page are too long');
  }
  const heap = new Uint8Array(total);
  const starts = new Int32Array(count);
  const lengths = new Int32Array(count);
  let position = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    const prefix = prefixes[i]!;
    const from = suffixes.starts[i]!;
    const length = suffixes.lengths[i]!;
    starts[i] = position;
    lengths[i] = prefix + length;
    heap.copyWithin(position, before, before + prefix);
    heap.set(suffixes.heap.subarray(from, from + length), position + prefix);
    before = position;
    position += prefix + length;
  }
  return { heap, starts, lengths, count };
}

/**
 * Writes vectors of a data chunk in bulk. The client's own way makes an object and a call of every value; this makes one call for a
 * vector of numbers, and one for each distinct long text of a vector.
 *
 * A vector of texts or bytes has 16 bytes a row (`duckdb_string_t` in duckdb.h): the length in 32 bits, then up to 12 bytes of the
 * text itself, or for a longer one its first 4 bytes and a pointer to it. Rows of one vector may point to the same text.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { TextPool } from '../../store/text-pool.js';

const STRING_BYTES = 16;
const STRING_WORDS = STRING_BYTES / 4;

/** Values of a fixed width; `present` has a bit for each row that has one, the lowest first. */
export function writeWords(
  { chunk }: DuckDBDataChunk,
  column: number,
  values: BigInt64Array | Float64Array | Int32Array | Uint8Array,
  present: Uint8Array,
): void {
  const vector = duckdb.data_chunk_get_vector(chunk, column);
  copyTo(vector, values);
  setPresent(vector, present, values.length);
}

/** Texts by their numbers plus one; 0 is no text. */
export function writeTexts(
  { chunk }: DuckDBDataChunk,
  column: number,
  texts: Uint32Array,
  pool: TextPool,
): void {
  const vector = duckdb.data_chunk_get_vector(chunk, column);
  const present = new Uint8Array(Math.ceil(texts.length / 8));
  const firstRows = new Map<number, number>();
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row]!;
    if (text === 0) continue;
    present[row >>> 3]! |= 1 << (row & 7);
    if (firstRows.has(text)) continue;
    firstRows.set(text, row);
    duckdb.vector_assign_string_element_len(vector, row, pool.bytesOf(text - 1));
  }
  const bytes = duckdb.vector_get_data(vector, texts.length * STRING_BYTES);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, texts.length * STRING_WORDS);
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row]!;
    // What is in rows without a text was never written.
    if (text === 0) words.fill(0, row * STRING_WORDS, (row + 1) * STRING_WORDS);
    else copyWithin(words, firstRows.get(text)!, row);
  }
  copyTo(vector, words);
  setPresent(vector, present, texts.length);
}

function copyWithin(words: Int32Array, from: number, to: number): void {
  if (from === to) return;
  for (let n = 0; n < STRING_WORDS; n++) words[to * STRING_WORDS + n] = words[from * STRING_WORDS + n]!;
}

/** Bytes, `width` of them for each row, of which `lengths` says how many count. */
export function writeBytes(
  { chunk }: DuckDBDataChunk,
  column: number,
  bytes: Uint8Array,
  width: 8 | 16,
  lengths: Uint8Array,
): void {
  const vector = duckdb.data_chunk_get_vector(chunk, column);
  if (width === 16) {
    for (const [row, length] of lengths.entries())
      duckdb.vector_assign_string_element_len(vector, row, bytes.subarray(row * width, row * width + length));
    return;
  }
  const strings = new Uint8Array(lengths.length * STRING_BYTES);
  for (const [row, length] of lengths.entries()) {
    const offset = row * STRING_BYTES;
    strings[offset] = length;
    for (let n = 0; n < length; n++) strings[offset + 4 + n] = bytes[row * width + n]!;
  }
  copyTo(vector, strings);
}

function copyTo(vector: duckdb.Vector, { buffer, byteOffset, byteLength }: ArrayBufferView): void {
  duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, byteLength);
}

function setPresent(vector: duckdb.Vector, { buffer, byteOffset }: Uint8Array, rows: number): void {
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, buffer as ArrayBuffer, byteOffset, Math.ceil(rows / 8));
}

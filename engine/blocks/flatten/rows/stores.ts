/** Values picked out of a column, in the order in which they were picked. */

import { corrupt, UnknownShapeError } from '../error.js';
import { type ByteArrays, decodeByteArrays } from '../parquet/byte-arrays.js';
import { decodeDelta64 } from '../parquet/delta.js';
import { ByteScratch, IntScratch, Ints } from '../parquet/growable.js';
import { decodeCodes, decodeLevels, SLACK } from '../parquet/hybrid.js';
import { type DataPage, type DictionaryPage, isDictionaryCoded, pageBody } from '../parquet/pages.js';
import { Encoding } from '../parquet/parquet-format.js';
import { repairTexts } from '../parquet/utf8.js';

const codeScratch = new IntScratch();
const wideScratch = new IntScratch();
const bitScratch = new ByteScratch();

/** Takes the values at given places of a page. */
export interface Store {
  /** Values so far. */
  readonly length: number;
  /** Appends the values number `picks[0 … count)` (ascending, of the values of `page`). Throws `CorruptError`. */
  take(page: DataPage, dictionary: DictionaryPage | undefined, picks: Int32Array, count: number): void;
}

/** The distinct texts that codes stand for (a dictionary), and those of pages without one. */
class StringPool {
  private readonly parts: ByteArrays[] = [];
  private readonly firsts: number[] = [];
  size = 0;

  /** Appends texts; returns the code of the first of them. */
  add(texts: ByteArrays): number {
    const first = this.size;
    this.parts.push(texts);
    this.firsts.push(first);
    this.size += texts.count;
    return first;
  }

  /** The part that holds a code and that part's first code. */
  part(code: number): { readonly texts: ByteArrays; readonly first: number } {
    let low = 0;
    for (let high = this.firsts.length - 1; low < high; ) {
      const middle = (low + high + 1) >>> 1;
      if (this.firsts[middle]! > code) high = middle - 1;
      else low = middle;
    }
    return { texts: this.parts[low]!, first: this.firsts[low]! };
  }

  /** All parts with their first codes, by first code. */
  *all(): Iterable<{ readonly texts: ByteArrays; readonly first: number }> {
    for (let i = 0; i < this.parts.length; i++) yield { texts: this.parts[i]!, first: this.firsts[i]! };
  }

  bytes(code: number): Uint8Array {
    const { texts, first } = this.part(code);
    const start = texts.starts[code - first]!;
    return texts.heap.subarray(start, start + texts.lengths[code - first]!);
  }
}

/** Texts (BYTE_ARRAY) as codes in a pool; `bare` bytes are kept as they are, texts are made UTF-8. */
export class StringStore implements Store {
  readonly kind = 's';
  readonly pool = new StringPool();
  readonly codes = new Ints();
  private dictionarySize = -1;

  constructor(private readonly content: 'texts' | 'bare' = 'texts') {}

  get length(): number {
    return this.codes.length;
  }

  take(page: DataPage, dictionary: DictionaryPage | undefined, picks: Int32Array, count: number): void {
    const values = page.entries - page.nulls;
    const codes = this.codes.reserve(count);
    let to = this.codes.length;
    if (isDictionaryCoded(page)) {
      this.load(dictionary);
      const size = this.dictionarySize;
      const decoded = codeScratch.get(values + SLACK);
      decodeCodes(pageBody(page), decoded, values);
      for (let i = 0; i < count; i++) {
        const code = decoded[picks[i]!]!;
        if (code < 0 || code >= size) corrupt('a dictionary code is out of range');
        codes[to++] = code;
      }
    } else {
      const all = decodeByteArrays(pageBody(page), page.encoding, values);
      const starts = new Int32Array(count);
      const lengths = new Int32Array(count);
      const first = this.pool.size;
      for (let i = 0; i < count; i++) {
        starts[i] = all.starts[picks[i]!]!;
        lengths[i] = all.lengths[picks[i]!]!;
        codes[to++] = first + i;
      }
      if (count > 0) this.add({ heap: all.heap, starts, lengths, count });
    }
    this.codes.length = to;
  }

  /** The dictionary comes before every page that is not coded, so its codes start at 0 … unless one such came first. */
  private load(dictionary: DictionaryPage | undefined): void {
    if (this.dictionarySize >= 0) return;
    if (!dictionary) corrupt('a page needs a dictionary that is not there');
    if (this.pool.size > 0) throw new UnknownShapeError('a page without dictionary comes before one with');
    this.add(decodeByteArrays(pageBody(dictionary), Encoding.PLAIN, dictionary.entries));
    this.dictionarySize = dictionary.entries;
  }

  private add(texts: ByteArrays): number {
    return this.pool.add(this.content === 'texts' ? repairTexts(texts) : texts);
  }

  push(bytes: Uint8Array): void {
    const single = { heap: bytes, starts: Int32Array.of(0), lengths: Int32Array.of(bytes.length), count: 1 };
    this.codes.push(this.add(single));
  }
}

/** INT64 or DOUBLE values as halves (low, high): 64-bit integers would be allocated one by one. */
export class WideStore implements Store {
  readonly halves = new Ints();
  private dictionary: Int32Array | undefined;

  constructor(readonly kind: 'i' | 'd') {}

  get length(): number {
    return this.halves.length >> 1;
  }

  take(page: DataPage, dictionary: DictionaryPage | undefined, picks: Int32Array, count: number): void {
    const values = page.entries - page.nulls;
    const out = this.halves.reserve(count * 2);
    let to = this.halves.length;
    if (isDictionaryCoded(page)) {
      this.dictionary ??= dictionary
        ? plainWide(pageBody(dictionary), dictionary.entries)
        : corrupt('a page needs a dictionary that is not there');
      const decoded = codeScratch.get(values + SLACK);
      decodeCodes(pageBody(page), decoded, values);
      for (let i = 0; i < count; i++) {
        const code = decoded[picks[i]!]!;
        if (code < 0 || 2 * code >= this.dictionary.length) corrupt('a dictionary code is out of range');
        out[to++] = this.dictionary[2 * code]!;
        out[to++] = this.dictionary[2 * code + 1]!;
      }
    } else {
      const all = decodeWide(page, values);
      for (let i = 0; i < count; i++) {
        const pick = 2 * picks[i]!;
        out[to++] = all[pick]!;
        out[to++] = all[pick + 1]!;
      }
    }
    this.halves.length = to;
  }
}

function decodeWide(page: DataPage, values: number): Int32Array {
  const body = pageBody(page);
  if (page.encoding === Encoding.PLAIN) return plainWide(body, values);
  if (page.encoding === Encoding.DELTA_BINARY_PACKED) {
    const out = wideScratch.get(values * 2);
    decodeDelta64(body, 0, out, 0, values);
    return out;
  }
  throw new UnknownShapeError(`numbers are encoded as ${page.encoding}`);
}

/** PLAIN values as halves; bytes that do not lie on a word boundary are copied first. */
function plainWide(body: Uint8Array, values: number): Int32Array {
  if (values * 8 > body.length) corrupt('numbers end early');
  const aligned = body.byteOffset % 4 === 0 ? body : new Uint8Array(body.subarray(0, values * 8));
  return new Int32Array(aligned.buffer, aligned.byteOffset, values * 2);
}

/** BOOLEAN values, 0 or 1. */
export class BoolStore implements Store {
  readonly kind = 'b';
  readonly bits = new Ints();

  get length(): number {
    return this.bits.length;
  }

  take(page: DataPage, _dictionary: DictionaryPage | undefined, picks: Int32Array, count: number): void {
    const out = this.bits.reserve(count);
    const position = this.bits.length;
    const all = decodeBits(page);
    for (let i = 0; i < count; i++) out[position + i] = all[picks[i]!]!;
    this.bits.length += count;
  }
}

/** A page of booleans, a byte each, in scratch space. */
export function decodeBits(page: DataPage): Uint8Array {
  const values = page.entries - page.nulls;
  const body = pageBody(page);
  const out = bitScratch.get(values + SLACK);
  if (page.encoding === Encoding.PLAIN) {
    if (body.length * 8 < values) corrupt('booleans end early');
    for (let i = 0; i < values; i++) out[i] = (body[i >> 3]! >> (i & 7)) & 1;
  } else if (page.encoding === Encoding.RLE) {
    // Runs with their length (uint32) before them.
    if (body.length < 4) corrupt('booleans end early');
    decodeLevels(body.subarray(4), 1, out, values);
  } else throw new UnknownShapeError(`booleans are encoded as ${page.encoding}`);
  return out;
}

export type AnyStore = StringStore | WideStore | BoolStore;

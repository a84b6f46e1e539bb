/** The pages of flat columns: what one row group of a flat file has for one column. */
import type { AttributeType } from '../../spans/schema.js';
import type { Cells } from './cells.js';
import { corrupt } from './error.js';
import { bitWidth, encodeBitmap, encodeCodes, encodeRun } from './hybrid.js';
import type { Pages } from './pages.js';
import { Codec, Encoding, PageType, PhysicalType } from './parquet-format.js';
import { type AnyStore, BoolStore, StringStore, type WideStore } from './stores.js';
import { ThriftWriter } from './thrift-writer.js';

/** What a column of a flat file is. */
export interface FlatType {
  /** A number of `PhysicalType`. */
  readonly physical: number;
  /** Marked UTF8: VARCHAR in DuckDB, where a bare BYTE_ARRAY is BLOB. */
  readonly text: boolean;
  readonly optional: boolean;
  /** A three-level LIST of required elements. */
  readonly list: boolean;
}

/** Least and greatest value, PLAIN encoded; DuckDB skips row groups by them. */
export interface Bounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

export interface FlatChunk {
  readonly type: FlatType;
  /** Page headers and bodies in file order. */
  readonly parts: readonly Uint8Array[];
  readonly codec: number;
  readonly encodings: readonly number[];
  /** Entries: rows, or the elements of lists. */
  readonly entries: number;
  readonly nulls: number;
  /** Bytes of the dictionary page with its header; 0 without. */
  readonly dictionaryBytes: number;
  /** Bytes of all pages, when decompressed and as they are. */
  readonly uncompressed: number;
  readonly compressed: number;
  readonly bounds: Bounds | undefined;
}

interface DataHeader {
  readonly entries: number;
  readonly nulls: number;
  readonly rows: number;
  readonly encoding: number;
  readonly repBytes: number;
  readonly defBytes: number;
  readonly uncompressed: number;
  readonly compressed: number;
  readonly isCompressed: boolean;
}

function dataHeader(header: DataHeader): Uint8Array {
  const writer = new ThriftWriter();
  writer.rawStruct(() => {
    writer.i32(1, PageType.DATA_PAGE_V2);
    writer.i32(2, header.uncompressed);
    writer.i32(3, header.compressed);
    writer.struct(8, () => {
      writer.i32(1, header.entries);
      writer.i32(2, header.nulls);
      writer.i32(3, header.rows);
      writer.i32(4, header.encoding);
      writer.i32(5, header.defBytes);
      writer.i32(6, header.repBytes);
      writer.bool(7, header.isCompressed);
    });
  });
  return writer.finish();
}

function dictionaryHeader(entries: number, uncompressed: number, compressed: number): Uint8Array {
  const writer = new ThriftWriter();
  writer.rawStruct(() => {
    writer.i32(1, PageType.DICTIONARY_PAGE);
    writer.i32(2, uncompressed);
    writer.i32(3, compressed);
    writer.struct(7, () => {
      writer.i32(1, entries);
      writer.i32(2, Encoding.PLAIN);
    });
  });
  return writer.finish();
}

/** Collects the pages of a chunk and adds up their sizes. */
class ChunkParts {
  readonly parts: Uint8Array[] = [];
  readonly encodings = new Set<number>();
  uncompressed = 0;
  compressed = 0;
  dictionaryBytes = 0;

  dictionary(entries: number, body: Uint8Array, length = body.length): void {
    this.push(dictionaryHeader(entries, length, body.length), [body], length);
    this.encodings.add(Encoding.PLAIN);
    this.dictionaryBytes = this.compressed;
  }

  data(header: Omit<DataHeader, 'compressed'>, bodies: readonly Uint8Array[]): void {
    const compressed = bodies.reduce((sum, body) => sum + body.length, 0);
    this.push(dataHeader({ ...header, compressed }), bodies, header.uncompressed);
    this.encodings.add(header.encoding);
  }

  private push(header: Uint8Array, bodies: readonly Uint8Array[], uncompressed: number): void {
    this.parts.push(header, ...bodies);
    this.uncompressed += header.length + uncompressed;
    this.compressed += header.length + bodies.reduce((sum, body) => sum + body.length, 0);
  }

  chunk(type: FlatType, codec: number, entries: number, nulls: number, bounds?: Bounds): FlatChunk {
    const { parts, uncompressed, compressed, dictionaryBytes } = this;
    const encodings = [...this.encodings, ...(type.optional ? [Encoding.RLE] : [])];
    return {
      type,
      parts,
      codec,
      encodings,
      entries,
      nulls,
      dictionaryBytes,
      uncompressed,
      compressed,
      bounds,
    };
  }
}

/**
 * A nested column that has exactly one value a row, as a flat column: the levels are dropped, the value bytes stay as they
 * are, still encoded and compressed. Throws `CorruptError` when the values are not `rows`.
 */
export function transplant(
  pages: Pages,
  codec: number,
  type: FlatType,
  rows: number,
  bounds?: Bounds,
): FlatChunk {
  const out = new ChunkParts();
  const { dictionary } = pages;
  if (dictionary) out.dictionary(dictionary.entries, dictionary.body, dictionary.length);
  let sum = 0;
  for (const page of pages.data) {
    const values = page.entries - page.nulls;
    if (values === 0) continue;
    sum += values;
    out.data(
      {
        entries: values,
        nulls: 0,
        rows: values,
        encoding: page.encoding,
        repBytes: 0,
        defBytes: 0,
        uncompressed: page.length,
        isCompressed: page.codec !== Codec.UNCOMPRESSED,
      },
      [page.body],
    );
  }
  if (sum !== rows) corrupt(`has a column with ${sum} values where others have ${rows}`);
  return out.chunk(type, codec, rows, 0, bounds);
}

const NO_LEVELS = { repBytes: 0, defBytes: 0, nulls: 0, isCompressed: false } as const;

/** A required INT32 column. */
export function intColumn(values: Int32Array, bounds?: Bounds): FlatChunk {
  const body = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return requiredColumn(PhysicalType.INT32, values.length, body, bounds);
}

/** A required INT64 column from halves (low, high). */
export function wideColumn(halves: Int32Array): FlatChunk {
  const body = new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
  return requiredColumn(PhysicalType.INT64, halves.length >> 1, body);
}

/** A required BOOLEAN column; `flags` has a byte a row. */
export function boolColumn(flags: Uint8Array): FlatChunk {
  return requiredColumn(PhysicalType.BOOLEAN, flags.length, packBits(flags, flags.length));
}

function requiredColumn(physical: number, rows: number, body: Uint8Array, bounds?: Bounds): FlatChunk {
  const out = new ChunkParts();
  const entries = rows;
  if (rows > 0) {
    out.data({ ...NO_LEVELS, entries, rows, encoding: Encoding.PLAIN, uncompressed: body.length }, [body]);
  }
  return out.chunk({ physical, text: false, optional: false, list: false }, 0, rows, 0, bounds);
}

function packBits(flags: Uint8Array | Int32Array, count: number): Uint8Array {
  const out = new Uint8Array((count + 7) >>> 3);
  for (let i = 0; i < count; i++) out[i >> 3]! |= flags[i]! << (i & 7);
  return out;
}

const PHYSICAL = {
  s: PhysicalType.BYTE_ARRAY,
  i: PhysicalType.INT64,
  d: PhysicalType.DOUBLE,
  b: PhysicalType.BOOLEAN,
} as const;

/** The flat type of an attribute column. */
export function attributeFlatType(type: AttributeType): FlatType {
  const list = type.length === 2;
  const kind = (list ? type[1] : type) as keyof typeof PHYSICAL;
  return { physical: PHYSICAL[kind], text: kind === 's', optional: true, list };
}

/** A required column of texts, from cells that are there in every row. */
export function textColumn(cells: Cells, rows: number): FlatChunk {
  if (cells.rows.length !== rows) corrupt('has rows without a required text');
  return encode({ ...attributeFlatType('s'), optional: false }, cells, rows);
}

/** `textColumn` for bare bytes. */
export function bytesColumn(cells: Cells, rows: number): FlatChunk {
  if (cells.rows.length !== rows) corrupt('has rows without required bytes');
  return encode({ ...attributeFlatType('s'), optional: false, text: false }, cells, rows);
}

/** An optional column of `rows` rows from the cells of an attribute. */
export function attributeColumnChunk(type: AttributeType, cells: Cells, rows: number): FlatChunk {
  return encode(attributeFlatType(type), cells, rows);
}

/** A column without a value in any of `rows` rows. */
export function nullColumn(type: FlatType, rows: number): FlatChunk {
  const out = new ChunkParts();
  const rep = type.list ? encodeRun(0, rows) : new Uint8Array(0);
  const def = encodeRun(0, rows);
  const levels = { repBytes: rep.length, defBytes: def.length };
  out.data(
    {
      ...levels,
      entries: rows,
      nulls: rows,
      rows,
      encoding: Encoding.PLAIN,
      uncompressed: rep.length + def.length,
      isCompressed: false,
    },
    [rep, def],
  );
  return out.chunk(type, 0, rows, rows);
}

function encode(type: FlatType, cells: Cells, rows: number): FlatChunk {
  const out = new ChunkParts();
  const levels = cells.lengths ? listLevels(cells, cells.lengths, rows) : rowLevels(type, cells, rows);
  const at = cells.lengths ? listPlaces(cells.at, cells.lengths) : cells.at;
  const { encoding, bodies, dictionary } = encodeValues(cells.store, at);
  if (dictionary) out.dictionary(dictionary.entries, dictionary.body);
  const { rep, def, entries, nulls } = levels;
  const bodyBytes = bodies.reduce((sum, body) => sum + body.length, 0);
  out.data(
    {
      entries,
      nulls,
      rows,
      encoding,
      repBytes: rep.length,
      defBytes: def.length,
      uncompressed: rep.length + def.length + bodyBytes,
      isCompressed: false,
    },
    [rep, def, ...bodies],
  );
  return out.chunk(type, 0, entries, nulls);
}

interface Levels {
  readonly rep: Uint8Array;
  readonly def: Uint8Array;
  readonly entries: number;
  readonly nulls: number;
}

function rowLevels(type: FlatType, cells: Cells, rows: number): Levels {
  const none = new Uint8Array(0);
  const nulls = rows - cells.rows.length;
  if (!type.optional) return { rep: none, def: none, entries: rows, nulls };
  if (nulls === 0) return { rep: none, def: encodeRun(1, rows), entries: rows, nulls };
  const bitmap = new Uint8Array((rows + 7) >>> 3);
  const present = cells.rows;
  for (let i = 0; i < present.length; i++) {
    const row = present[i]!;
    bitmap[row >> 3]! |= 1 << (row & 7);
  }
  return { rep: none, def: encodeBitmap(bitmap), entries: rows, nulls };
}

/** Definition levels of a LIST: 0 no list, 1 an empty one, 2 an element. */
function listLevels(cells: Cells, lengths: Int32Array, rows: number): Levels {
  let elements = 0;
  let filled = 0;
  for (const length of lengths) {
    elements += length;
    if (length > 0) filled++;
  }
  const entries = rows - filled + elements;
  const rep = new Int32Array(entries);
  const def = new Int32Array(entries);
  let to = 0;
  let cell = 0;
  for (let row = 0; row < rows; row++) {
    if (cells.rows[cell] !== row) {
      to++;
      continue;
    }
    const length = lengths[cell++]!;
    if (length === 0) def[to++] = 1;
    for (let i = 0; i < length; i++) {
      rep[to] = i === 0 ? 0 : 1;
      def[to++] = 2;
    }
  }
  return {
    rep: encodeCodes(rep, entries, 1),
    def: encodeCodes(def, entries, 2),
    entries,
    nulls: entries - elements,
  };
}

function listPlaces(at: Int32Array, lengths: Int32Array): Int32Array {
  const places = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let to = 0;
  for (let i = 0; i < at.length; i++) for (let j = 0; j < lengths[i]!; j++) places[to++] = at[i]! + j;
  return places;
}

interface EncodedValues {
  readonly encoding: number;
  readonly bodies: readonly Uint8Array[];
  readonly dictionary?: { readonly entries: number; readonly body: Uint8Array };
}

function encodeValues(store: AnyStore, at: Int32Array): EncodedValues {
  if (store instanceof StringStore) return encodeStrings(store, at);
  if (store instanceof BoolStore) {
    const bits = new Uint8Array(at.length);
    for (let i = 0; i < at.length; i++) bits[i] = store.bits.array[at[i]!]!;
    return { encoding: Encoding.PLAIN, bodies: [packBits(bits, bits.length)] };
  }
  return { encoding: Encoding.PLAIN, bodies: [encodeWide(store, at)] };
}

function encodeWide(store: WideStore, at: Int32Array): Uint8Array {
  const out = new Int32Array(at.length * 2);
  const halves = store.halves.array;
  for (let i = 0; i < at.length; i++) {
    const from = 2 * at[i]!;
    out[2 * i] = halves[from]!;
    out[2 * i + 1] = halves[from + 1]!;
  }
  return new Uint8Array(out.buffer);
}

/** A dictionary of only the texts that occur; PLAIN where most of them occur once. */
function encodeStrings(store: StringStore, at: Int32Array): EncodedValues {
  const count = at.length;
  const codes = store.codes.array;
  const renumbered = new Int32Array(store.pool.size).fill(-1);
  const used = new Int32Array(Math.min(count, store.pool.size));
  const out = new Int32Array(count);
  let distinct = 0;
  for (let i = 0; i < count; i++) {
    const code = codes[at[i]!]!;
    let number = renumbered[code]!;
    if (number < 0) {
      number = distinct++;
      renumbered[code] = number;
      used[number] = code;
    }
    out[i] = number;
  }
  const texts = used.subarray(0, distinct);
  if (distinct * 2 > count && count > 16) {
    for (let i = 0; i < count; i++) out[i] = used[out[i]!]!;
    return { encoding: Encoding.PLAIN, bodies: [plainTexts(store, out)] };
  }
  const width = Math.max(1, bitWidth(Math.max(0, distinct - 1)));
  const runs = distinct <= 1 ? encodeRun(0, count) : encodeCodes(out, count, width);
  return {
    encoding: Encoding.RLE_DICTIONARY,
    bodies: [Uint8Array.of(width), runs],
    dictionary: { entries: distinct, body: plainTexts(store, texts) },
  };
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

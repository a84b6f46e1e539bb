/** The columns of flat files, a row group at a time. */
import { ATTRIBUTE_COLUMN_TYPES, type AttributeColumn } from '../../../plan/schema.js';
import type { Cells } from '../attributes/cells.js';
import { corrupt } from '../error.js';
import { encodeBitmap, encodeCodes, encodeRun } from '../parquet/hybrid-encode.js';
import type { Pages } from '../parquet/pages.js';
import { Codec, Encoding, PhysicalType } from '../parquet/parquet-format.js';
import { type Bounds, ChunkParts, type FlatChunk, type FlatType } from './flat-chunk.js';
import { encodeValues, packBits } from './flat-values.js';

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

const PHYSICAL = {
  text: PhysicalType.BYTE_ARRAY,
  int64: PhysicalType.INT64,
  double: PhysicalType.DOUBLE,
  bool: PhysicalType.BOOLEAN,
} as const;

/** The flat type of an attribute column. */
export function attributeFlatType(column: AttributeColumn): FlatType {
  const type = ATTRIBUTE_COLUMN_TYPES[column];
  const element = type.replace('[]', '') as keyof typeof PHYSICAL;
  return { physical: PHYSICAL[element], text: element === 'text', optional: true, list: type !== element };
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
export function attributeColumnChunk(column: AttributeColumn, cells: Cells, rows: number): FlatChunk {
  return encode(attributeFlatType(column), cells, rows);
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
  const places = cells.lengths ? listPlaces(cells.at, cells.lengths) : cells.at;
  const { encoding, bodies, dictionary } = encodeValues(cells.store, places);
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
  return { rep: none, def: encodeBitmap(bitmapOf(cells.rows, rows)), entries: rows, nulls };
}

function bitmapOf(present: Int32Array, rows: number): Uint8Array {
  const bitmap = new Uint8Array((rows + 7) >>> 3);
  for (let i = 0; i < present.length; i++) {
    const row = present[i]!;
    bitmap[row >> 3]! |= 1 << (row & 7);
  }
  return bitmap;
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

function listPlaces(firsts: Int32Array, lengths: Int32Array): Int32Array {
  const places = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let to = 0;
  for (let i = 0; i < firsts.length; i++) for (let j = 0; j < lengths[i]!; j++) places[to++] = firsts[i]! + j;
  return places;
}

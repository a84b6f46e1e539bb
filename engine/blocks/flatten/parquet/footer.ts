import type { ByteRange } from '../../storage.js';
import { corrupt } from '../error.js';
import { Limits } from './parquet-format.js';
import { type Leaf, readSchema, type SchemaElement } from './schema-tree.js';
import { ThriftReader } from './thrift-reader.js';

export interface ColumnChunk {
  /** A number of `Codec`. */
  readonly codec: number;
  /** Entries: values, nulls and empty lists. */
  readonly entries: number;
  /** Entries without a value, where the writer counted them. */
  readonly nulls: number | undefined;
  /** Where its pages (the dictionary first) lie in the file, in bytes; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** Least and greatest value, PLAIN encoded, where the writer gave them. */
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  /** Where its part of the page index lies in the file, where the writer made one. */
  readonly columnIndex: ByteRange | undefined;
  readonly offsetIndex: ByteRange | undefined;
}

export interface RowGroup {
  readonly rows: number;
  /** By leaf number. */
  readonly chunks: readonly ColumnChunk[];
}

export interface Footer {
  readonly rows: number;
  /** By path, list wrappers left out: `rs.ss.Spans.Name` in every version of the format. */
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly rowGroups: readonly RowGroup[];
}

/** Bytes at a file's end: the footer's length (uint32) and the magic number. */
export const TAIL_BYTES = 8;

/** The footer's length from the last 8 bytes of a file of `size` bytes. Throws `CorruptError`. */
export function footerLength(tail: Uint8Array, size: number): number {
  const view = new DataView(tail.buffer, tail.byteOffset + tail.length - TAIL_BYTES, TAIL_BYTES);
  if (view.getUint32(4, false) !== 0x50415231) corrupt('is not a parquet file: it does not end in PAR1');
  const length = view.getUint32(0, true);
  if (length > size - TAIL_BYTES - 4 || length > Limits.footerBytes)
    corrupt('has a footer longer than the file');
  return length;
}

/** `FileMetaData` of parquet.thrift, of which only what flattening needs is kept. Throws `CorruptError`. */
export function readFooter(bytes: Uint8Array, fileSize: number): Footer {
  const reader = new ThriftReader(bytes, 0);
  let elements: SchemaElement[] = [];
  let rows = 0;
  const rowGroups: RowGroup[] = [];
  for (let id = reader.begin(); id !== 0; id = reader.next()) {
    if (id === 2) elements = readElements(reader);
    else if (id === 3) rows = reader.count();
    else if (id === 4) {
      const count = reader.list();
      for (let i = 0; i < count; i++) rowGroups.push(readRowGroup(reader, fileSize));
    } else reader.skip();
  }
  const leaves = readSchema(elements);
  let sum = 0;
  for (const group of rowGroups) {
    sum += group.rows;
    if (group.chunks.length !== leaves.length) corrupt('has a row group without all columns');
  }
  if (sum !== rows) corrupt('has row groups that do not add up to its rows');
  return { rows, leaves: new Map(leaves.map((leaf) => [leaf.path, leaf])), rowGroups };
}

function readElements(reader: ThriftReader): SchemaElement[] {
  const elements: SchemaElement[] = [];
  const count = reader.list();
  for (let i = 0; i < count; i++) {
    let type: number | undefined;
    let repetition = 0;
    let name = '';
    let children = 0;
    for (let id = reader.begin(); id !== 0; id = reader.next()) {
      if (id === 1) type = reader.integer();
      else if (id === 3) repetition = reader.integer();
      else if (id === 4) name = reader.string();
      else if (id === 5) children = reader.count();
      else reader.skip();
    }
    elements.push({ type, repetition, name, children });
  }
  return elements;
}

function readRowGroup(reader: ThriftReader, fileSize: number): RowGroup {
  let rows = 0;
  const chunks: ColumnChunk[] = [];
  for (let id = reader.begin(); id !== 0; id = reader.next()) {
    if (id === 1) {
      const count = reader.list();
      for (let i = 0; i < count; i++) chunks.push(readChunk(reader, fileSize));
    } else if (id === 3) rows = reader.count();
    else reader.skip();
  }
  if (rows > Limits.entriesPerChunk) corrupt('has a row group of too many rows');
  return { rows, chunks };
}

function readChunk(reader: ThriftReader, fileSize: number): ColumnChunk {
  let chunk: ChunkMeta | undefined;
  /** Offset and length of the offset index, then of the column index: fields 4 to 7. */
  const index = [0, 0, 0, 0];
  for (let id = reader.begin(); id !== 0; id = reader.next()) {
    if (id === 3) chunk = readChunkMeta(reader, fileSize);
    else if (id >= 4 && id <= 7) index[id - 4] = reader.count();
    else reader.skip();
  }
  if (!chunk) return corrupt('has a column without metadata');
  const range = (start = 0, length = 0): ByteRange | undefined =>
    length > 0 && start + length <= fileSize ? { start, end: start + length } : undefined;
  return { ...chunk, offsetIndex: range(index[0], index[1]), columnIndex: range(index[2], index[3]) };
}

type ChunkMeta = Omit<ColumnChunk, 'offsetIndex' | 'columnIndex'>;

function readChunkMeta(reader: ThriftReader, fileSize: number): ChunkMeta {
  let codec = 0;
  let entries = 0;
  let size = 0;
  let dataOffset = 0;
  let dictionaryOffset: number | undefined;
  let nulls: number | undefined;
  let min: Uint8Array | undefined;
  let max: Uint8Array | undefined;
  for (let id = reader.begin(); id !== 0; id = reader.next()) {
    if (id === 4) codec = reader.integer();
    else if (id === 5) entries = reader.count();
    else if (id === 7) size = reader.count();
    else if (id === 9) dataOffset = reader.count();
    else if (id === 11) dictionaryOffset = reader.count();
    else if (id === 12) {
      for (let part = reader.begin(); part !== 0; part = reader.next()) {
        if (part === 5) max = reader.binary();
        else if (part === 3) nulls = reader.count();
        else if (part === 6) min = reader.binary();
        else reader.skip();
      }
    } else reader.skip();
  }
  // The dictionary may lie before or after what the writer calls the first data page; the chunk starts at the lesser.
  const start =
    dictionaryOffset && dictionaryOffset > 0 ? Math.min(dictionaryOffset, dataOffset) : dataOffset;
  if (start + size > fileSize) corrupt('has a column that lies outside the file');
  if (entries > Limits.entriesPerChunk) corrupt('has a column of too many values');
  return { codec, entries, nulls, start, end: start + size, min, max };
}

import { crc32 } from 'node:zlib';
import { CorruptError, corrupt, UnknownShapeError } from '../error.js';
import { decompress } from './codec.js';
import type { ColumnChunk } from './footer.js';
import { bitWidth, decodeLevels, SLACK } from './hybrid.js';
import { Codec, Encoding, Limits, PageType } from './parquet-format.js';
import type { Leaf } from './schema-tree.js';
import { ThriftReader } from './thrift-reader.js';

export interface DictionaryPage {
  readonly entries: number;
  /** As in the file; `codec` and `length` (bytes when decompressed) say how to read it. */
  readonly body: Uint8Array;
  readonly codec: number;
  readonly length: number;
}

export interface DataPage {
  /** Values, nulls and empty lists. */
  readonly entries: number;
  /** Entries without a value. */
  readonly nulls: number;
  /** Rows that begin in it, where its header says (DATA_PAGE_V2). */
  readonly rows?: number;
  /** A number of `Encoding`. */
  readonly encoding: number;
  /** RLE / bit-packed runs, without a length before them; empty where the greatest level is 0. */
  readonly rep: Uint8Array;
  readonly def: Uint8Array;
  /** The values alone, as in the file. */
  readonly body: Uint8Array;
  readonly codec: number;
  readonly length: number;
}

export interface Pages {
  readonly dictionary: DictionaryPage | undefined;
  readonly data: readonly DataPage[];
}

interface Header {
  readonly type: number;
  readonly uncompressed: number;
  readonly compressed: number;
  /** CRC-32 of the page as it is in the file, signed. */
  readonly crc: number | undefined;
  readonly entries: number;
  readonly encoding: number;
  readonly nulls: number;
  readonly rows: number;
  readonly defBytes: number;
  readonly repBytes: number;
  readonly isCompressed: boolean;
  readonly levelEncodings: readonly [number, number];
}

/**
 * The pages of a column chunk, whose bytes are `bytes`. Only headers are decoded, except for DATA_PAGE (v1), whose levels are
 * inside of the compressed part. Throws `CorruptError`, `UnknownShapeError`.
 */
export function readPages(bytes: Uint8Array, leaf: Leaf, chunk: ColumnChunk): Pages {
  try {
    return readAll(bytes, leaf, chunk);
  } catch (error) {
    if (error instanceof CorruptError) throw new CorruptError(`column ${leaf.path}: ${error.message}`);
    throw error;
  }
}

function readAll(bytes: Uint8Array, leaf: Leaf, chunk: ColumnChunk): Pages {
  let dictionary: DictionaryPage | undefined;
  const data: DataPage[] = [];
  let entries = 0;
  let position = 0;
  while (entries < chunk.entries) {
    if (position >= bytes.length) corrupt('has fewer pages than its values need');
    const { page, end } = readPage(bytes, position, leaf, chunk);
    position = end;
    if (page.kind === 'dictionary') {
      if (dictionary) corrupt('has two dictionaries');
      dictionary = page.page;
    } else if (page.kind === 'data') {
      if (page.page.entries > chunk.entries - entries) corrupt('has more values than it says');
      entries += page.page.entries;
      data.push(page.page);
    }
  }
  return { dictionary, data };
}

export type AnyPage =
  | { readonly kind: 'dictionary'; readonly page: DictionaryPage }
  | { readonly kind: 'data'; readonly page: DataPage }
  | { readonly kind: 'other' };

/**
 * The page whose header begins at `position`, and where the next one begins. Its bytes must have the checksum that the header gives, if it
 * gives one: values are copied as they are, and most that are not what was written would pass for others. Throws
 * `CorruptError`, `UnknownShapeError`.
 */
export function readPage(
  bytes: Uint8Array,
  position: number,
  leaf: Leaf,
  chunk: ColumnChunk,
): { readonly page: AnyPage; readonly end: number } {
  const reader = new ThriftReader(bytes, position);
  const header = readHeader(reader);
  const start = reader.at;
  const end = start + header.compressed;
  if (end > bytes.length) corrupt('has a page that ends after its column');
  if (header.uncompressed > Limits.pageBytes) corrupt('has a page that is too long');
  if (header.entries > chunk.entries && header.type !== PageType.DICTIONARY_PAGE)
    corrupt('has more values than it says');
  const body = bytes.subarray(start, end);
  if (header.crc !== undefined && crc32(body) !== header.crc >>> 0)
    corrupt('has a page that is not what its checksum says');
  return { page: pageOf(header, body, leaf, chunk), end };
}

function pageOf(header: Header, body: Uint8Array, leaf: Leaf, chunk: ColumnChunk): AnyPage {
  switch (header.type) {
    case PageType.DICTIONARY_PAGE: {
      const { entries, uncompressed: length } = header;
      return { kind: 'dictionary', page: { entries, body, codec: chunk.codec, length } };
    }
    case PageType.DATA_PAGE:
      return { kind: 'data', page: pageV1(header, body, leaf, chunk) };
    case PageType.DATA_PAGE_V2:
      return { kind: 'data', page: pageV2(header, body, chunk) };
    default:
      return { kind: 'other' };
  }
}

function pageV2(header: Header, bytes: Uint8Array, chunk: ColumnChunk): DataPage {
  const { repBytes, defBytes, entries, nulls, rows } = header;
  const levels = repBytes + defBytes;
  if (levels > bytes.length || levels > header.uncompressed)
    corrupt('has a page with levels longer than the page');
  if (nulls > entries) corrupt('has a page with more nulls than values');
  return {
    entries,
    nulls,
    rows,
    encoding: header.encoding,
    rep: bytes.subarray(0, repBytes),
    def: bytes.subarray(repBytes, levels),
    body: bytes.subarray(levels),
    codec: header.isCompressed ? chunk.codec : Codec.UNCOMPRESSED,
    length: header.uncompressed - levels,
  };
}

function pageV1(header: Header, bytes: Uint8Array, leaf: Leaf, chunk: ColumnChunk): DataPage {
  if (header.levelEncodings.some((encoding) => encoding !== Encoding.RLE)) {
    if (leaf.maxDef > 0) throw new UnknownShapeError(`column ${leaf.path} has bit-packed levels`);
  }
  const plain = decompress(chunk.codec, bytes, header.uncompressed);
  let position = 0;
  const levels = (max: number): Uint8Array => {
    if (max === 0) return plain.subarray(0, 0);
    if (plain.length - position < 4) corrupt('has a page without its levels');
    const length = new DataView(plain.buffer, plain.byteOffset + position, 4).getUint32(0, true);
    if (length > plain.length - position - 4) corrupt('has a page with levels longer than the page');
    position += 4 + length;
    return plain.subarray(position - length, position);
  };
  const rep = levels(leaf.maxRep);
  const def = levels(leaf.maxDef);
  let nulls = 0;
  if (leaf.maxDef > 0) {
    const decoded = new Uint8Array(header.entries + SLACK);
    decodeLevels(def, bitWidth(leaf.maxDef), decoded, header.entries);
    for (let i = 0; i < header.entries; i++) if (decoded[i] !== leaf.maxDef) nulls++;
  }
  const body = plain.subarray(position);
  const { entries, encoding } = header;
  return { entries, nulls, encoding, rep, def, body, codec: Codec.UNCOMPRESSED, length: body.length };
}

/** `PageHeader` of parquet.thrift. */
function readHeader(reader: ThriftReader): Header {
  let type = -1;
  let uncompressed = 0;
  let compressed = 0;
  let crc: number | undefined;
  let entries = 0;
  let encoding = 0;
  let nulls = 0;
  let rows = 0;
  let defBytes = 0;
  let repBytes = 0;
  let isCompressed = true;
  const levelEncodings: [number, number] = [Encoding.RLE, Encoding.RLE];
  for (let id = reader.begin(); id !== 0; id = reader.next()) {
    if (id === 1) type = reader.count();
    else if (id === 2) uncompressed = reader.count();
    else if (id === 3) compressed = reader.count();
    else if (id === 4) crc = reader.integer();
    else if (id === 5 || id === 7) {
      // DataPageHeader and DictionaryPageHeader begin alike.
      for (let part = reader.begin(); part !== 0; part = reader.next()) {
        if (part === 1) entries = reader.count();
        else if (part === 2) encoding = reader.count();
        else if (id === 5 && (part === 3 || part === 4)) levelEncodings[part - 3] = reader.count();
        else reader.skip();
      }
    } else if (id === 8) {
      for (let part = reader.begin(); part !== 0; part = reader.next()) {
        if (part === 1) entries = reader.count();
        else if (part === 2) nulls = reader.count();
        else if (part === 3) rows = reader.count();
        else if (part === 4) encoding = reader.count();
        else if (part === 5) defBytes = reader.count();
        else if (part === 6) repBytes = reader.count();
        else if (part === 7) isCompressed = reader.boolean();
        else reader.skip();
      }
    } else reader.skip();
  }
  return {
    type,
    uncompressed,
    compressed,
    crc,
    entries,
    encoding,
    nulls,
    rows,
    defBytes,
    repBytes,
    isCompressed,
    levelEncodings,
  };
}

/** A page's values, decompressed. */
export function pageBody(page: DataPage | DictionaryPage): Uint8Array {
  return decompress(page.codec, page.body, page.length);
}

export function isDictionaryCoded(page: DataPage): boolean {
  return page.encoding === Encoding.RLE_DICTIONARY || page.encoding === Encoding.PLAIN_DICTIONARY;
}

/** Pages with their headers: what one row group of a flat file has for one column. */
import { Encoding, PageType } from '../parquet/parquet-format.js';
import { ThriftWriter } from '../parquet/thrift-writer.js';

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

export interface DataHeader {
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
export class ChunkParts {
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

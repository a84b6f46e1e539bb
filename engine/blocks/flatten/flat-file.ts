/** Writes a flat parquet file, row group by row group. */
import { closeSync, openSync, writevSync } from 'node:fs';
import type { FlatChunk, FlatType } from './flat-chunk.js';
import { nullColumn } from './flat-column.js';
import { ConvertedType, Repetition } from './parquet-format.js';
import { ThriftWriter } from './thrift-writer.js';

const MAGIC = Buffer.from('PAR1', 'latin1');
/** `writev` takes at most 1024 buffers at once (IOV_MAX). */
const WRITE_BATCH = 1000;

interface WrittenChunk {
  readonly chunk: FlatChunk;
  readonly offset: number;
}

/** `SchemaElement` of parquet.thrift; a group has no type. */
interface FlatElement {
  readonly name: string;
  readonly type?: FlatType;
  readonly repetition?: number;
  readonly children: number;
  readonly converted?: number;
}

interface WrittenGroup {
  readonly rows: number;
  readonly columns: Map<string, WrittenChunk>;
}

/**
 * A flat file in the making. Row groups may differ in their columns: one that lacks a column of another has nulls there.
 * Throws what `node:fs` throws.
 */
export class FlatFile {
  private readonly fd: number;
  private readonly groups: WrittenGroup[] = [];
  /** In the order of first sight. */
  private readonly types = new Map<string, FlatType>();
  private offset = 0;
  private pending: Uint8Array[] = [];
  private closed = false;
  /** Rows so far. */
  rows = 0;

  constructor(path: string) {
    this.fd = openSync(path, 'w');
    this.write(MAGIC);
  }

  /** A row group without rows is left out; `declare` keeps its columns. */
  addRowGroup(rows: number, columns: ReadonlyMap<string, FlatChunk>): void {
    for (const [name, { type }] of columns) this.declare(name, type);
    if (rows === 0) return;
    const written = new Map<string, WrittenChunk>();
    for (const [name, chunk] of columns) written.set(name, this.writeChunk(chunk));
    this.groups.push({ rows, columns: written });
    this.rows += rows;
    this.flush();
  }

  /** Makes sure that a column exists, and where. */
  declare(name: string, type: FlatType): void {
    if (!this.types.has(name)) this.types.set(name, type);
  }

  /** Writes the footer and closes the file. */
  finish(): void {
    for (const group of this.groups) {
      for (const [name, type] of this.types) {
        if (!group.columns.has(name)) {
          group.columns.set(name, this.writeChunk(nullColumn(type, group.rows)));
        }
      }
    }
    const footer = this.footer();
    const tail = Buffer.alloc(8);
    tail.writeUInt32LE(footer.length, 0);
    tail.write('PAR1', 4, 'latin1');
    this.write(footer);
    this.write(tail);
    this.flush();
    this.close();
  }

  /** Closes the file as it is, after an error; nothing after `finish`. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.fd);
  }

  private writeChunk(chunk: FlatChunk): WrittenChunk {
    const offset = this.offset;
    for (const part of chunk.parts) this.write(part);
    return { chunk, offset };
  }

  private write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.pending.push(bytes);
    this.offset += bytes.length;
  }

  private flush(): void {
    let pending = this.pending;
    this.pending = [];
    while (pending.length > 0) {
      const batch = pending.slice(0, WRITE_BATCH);
      let written = writevSync(this.fd, batch);
      let done = 0;
      while (done < batch.length && written >= batch[done]!.length) written -= batch[done++]!.length;
      pending = pending.slice(done);
      if (written > 0) pending[0] = pending[0]!.subarray(written);
    }
  }

  /** `FileMetaData` of parquet.thrift. */
  private footer(): Uint8Array {
    const writer = new ThriftWriter();
    writer.rawStruct(() => {
      writer.i32(1, 2);
      writer.structs(2, this.schema(), (element) => {
        if (element.type) writer.i32(1, element.type.physical);
        if (element.repetition !== undefined) writer.i32(3, element.repetition);
        writer.binary(4, element.name);
        if (!element.type) writer.i32(5, element.children);
        if (element.converted !== undefined) writer.i32(6, element.converted);
      });
      writer.i64(3, this.rows);
      writer.structs(4, this.groups, (group) => this.rowGroup(writer, group));
      writer.binary(6, 'betrace');
    });
    return writer.finish();
  }

  private rowGroup(writer: ThriftWriter, group: WrittenGroup): void {
    const columns = [...this.types.keys()].map((name) => [name, group.columns.get(name)!] as const);
    writer.structs(1, columns, ([name, { chunk, offset }]) => {
      writer.i64(2, offset);
      writer.struct(3, () => {
        writer.i32(1, chunk.type.physical);
        writer.i32s(2, chunk.encodings);
        writer.strings(3, chunk.type.list ? [name, 'list', 'element'] : [name]);
        writer.i32(4, chunk.codec);
        writer.i64(5, chunk.entries);
        writer.i64(6, chunk.uncompressed);
        writer.i64(7, chunk.compressed);
        writer.i64(9, offset + chunk.dictionaryBytes);
        if (chunk.dictionaryBytes > 0) writer.i64(11, offset);
        writer.struct(12, () => {
          if (!chunk.type.list) writer.i64(3, chunk.nulls);
          if (chunk.bounds) {
            writer.binary(5, chunk.bounds.max);
            writer.binary(6, chunk.bounds.min);
          }
        });
      });
    });
    writer.i64(
      2,
      columns.reduce((sum, [, { chunk }]) => sum + chunk.uncompressed, 0),
    );
    writer.i64(3, group.rows);
  }

  private schema(): readonly FlatElement[] {
    const columns = [...this.types].flatMap(([name, type]): FlatElement[] => {
      const converted = type.text ? { converted: ConvertedType.UTF8 } : {};
      if (!type.list) {
        const repetition = type.optional ? Repetition.OPTIONAL : Repetition.REQUIRED;
        return [{ name, type, repetition, children: 0, ...converted }];
      }
      return [
        { name, repetition: Repetition.OPTIONAL, children: 1, converted: ConvertedType.LIST },
        { name: 'list', repetition: Repetition.REPEATED, children: 1 },
        { name: 'element', type, repetition: Repetition.REQUIRED, children: 0, ...converted },
      ];
    });
    return [{ name: 'flat', children: this.types.size }, ...columns];
  }
}

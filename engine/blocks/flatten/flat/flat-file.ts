/** Writes a flat parquet file, row group by row group. */
import { closeSync, ftruncateSync, openSync, writevSync } from 'node:fs';
import { corrupt } from '../error.js';
import { ConvertedType, Repetition } from '../parquet/parquet-format.js';
import { ThriftWriter } from '../parquet/thrift-writer.js';
import { copyFile, type FileLayout, type LaidChunk, writeLayout } from './file-layout.js';
import type { FlatChunk, FlatType } from './flat-chunk.js';
import { nullColumn } from './flat-column.js';

const MAGIC = Buffer.from('PAR1', 'latin1');
/** `writev` takes at most 1024 buffers at once (IOV_MAX). */
const WRITE_BATCH = 1000;

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
  readonly columns: Map<string, LaidChunk>;
}

/**
 * A flat file in the making. Row groups may differ in their columns: one that lacks a column of another has nulls there.
 * Throws what `node:fs` throws.
 */
export class FlatFile {
  private readonly fd: number;
  private readonly groups: WrittenGroup[] = [];
  /** In the order of first sight. */
  private readonly types: Map<string, FlatType> = new Map();
  private offset = 0;
  private pending: Uint8Array[] = [];
  private closed = false;
  /** Row groups so far; in a file that gets more columns, those that have got theirs. */
  private done = 0;

  /** With `kept`, the layout of `file`, its columns are kept, and what is added goes next to them in the same row groups. */
  constructor(
    private readonly path: string,
    private readonly kept?: { readonly file: string; readonly layout: FileLayout },
  ) {
    if (kept === undefined) {
      this.fd = openSync(path, 'w');
      this.write(MAGIC);
      return;
    }
    const { file, layout } = kept;
    copyFile(file, path);
    this.fd = openSync(path, 'a');
    ftruncateSync(this.fd, layout.end);
    this.offset = layout.end;
    this.types = new Map(layout.types);
    this.groups = layout.groups.map(({ rows, columns }) => ({ rows, columns: new Map(columns) }));
  }

  /** A row group without rows is left out; `declare` keeps its columns. Of a file that gets more columns, those that it has stay. */
  addRowGroup(rows: number, columns: ReadonlyMap<string, FlatChunk>): void {
    for (const [name, { type }] of columns) this.declare(name, type);
    if (rows === 0) return;
    const { columns: written } = this.nextGroup(rows);
    for (const [name, chunk] of columns) if (!written.has(name)) written.set(name, this.writeChunk(chunk));
    this.flush();
  }

  private nextGroup(rows: number): WrittenGroup {
    const fileNumber = this.done++;
    if (this.kept === undefined) this.groups.push({ rows, columns: new Map() });
    const group = this.groups[fileNumber];
    if (group?.rows !== rows) corrupt('is another block than the one that its flat files were made of');
    return group;
  }

  /** Makes sure that a column exists, and where. */
  declare(name: string, type: FlatType): void {
    if (!this.types.has(name)) this.types.set(name, type);
  }

  /** Writes the footer, and the layout next to the file, and closes it. */
  finish(): void {
    if (this.done !== this.groups.length)
      corrupt('is another block than the one that its flat files were made of');
    for (const group of this.groups) {
      for (const [name, type] of this.types) {
        if (!group.columns.has(name)) {
          group.columns.set(name, this.writeChunk(nullColumn(type, group.rows)));
        }
      }
    }
    writeLayout(this.path, { types: this.types, groups: this.groups, end: this.offset });
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

  private writeChunk({ parts, ...chunk }: FlatChunk): LaidChunk {
    const { offset } = this;
    for (const part of parts) this.write(part);
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
      writer.i64(
        3,
        this.groups.reduce((sum, { rows }) => sum + rows, 0),
      );
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

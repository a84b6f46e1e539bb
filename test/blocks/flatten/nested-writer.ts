/** Writes nested parquet files in every shape that the reader must know, including those that Tempo no longer writes. */
import { gzipSync } from 'node:zlib';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import { encodeCodes } from '../../../engine/blocks/flatten/parquet/hybrid-encode.js';
import { ThriftWriter } from '../../../engine/blocks/flatten/parquet/thrift-writer.js';
import {
  deltaByteArray,
  deltaIntegers,
  deltaLengths,
  plainValues,
  type Value,
  zstdRaw,
} from './nested-encodings.js';

export type NodeRepetition = 'required' | 'optional' | 'repeated';
const REPETITION: Readonly<Record<NodeRepetition, number>> = { required: 0, optional: 1, repeated: 2 };
const PHYSICAL = { bool: 0, int32: 1, int64: 2, double: 5, bytes: 6, text: 6 } as const;
export type LeafType = keyof typeof PHYSICAL;

export interface Node {
  readonly name: string;
  readonly repetition: NodeRepetition;
  readonly type?: LeafType;
  readonly children?: readonly Node[];
  /** A LIST group: its value is an array, its only child `list` holds `element`s. */
  readonly list?: boolean;
}

type TextEncoding = 'plain' | 'dictionary' | 'dictionary-then-plain' | 'delta-length' | 'delta';

export interface WriteOptions {
  readonly pageVersion?: 1 | 2;
  readonly codec?: 'none' | 'snappy' | 'gzip' | 'zstd';
  readonly rowsPerPage?: number;
  readonly rowsPerGroup?: number;
  readonly texts?: TextEncoding;
  readonly numbers?: 'plain' | 'delta';
  /** Whether there is an offset index. */
  readonly indexed?: boolean;
}

interface LeafPath {
  readonly nodes: readonly Node[];
  readonly maxRep: number;
  readonly maxDef: number;
}

interface Entry {
  readonly rep: number;
  readonly def: number;
  readonly value: Value | undefined;
}

type Json = unknown;

/** A file of `rows`, objects in the shape of `schema`. */
export function writeNested(
  schema: readonly Node[],
  rows: readonly Json[],
  options: WriteOptions = {},
): Uint8Array {
  const leaves = schema.flatMap((node) => leavesOf([node]));
  const parts: Uint8Array[] = [Buffer.from('PAR1')];
  let offset = 4;
  const groups: { rows: number; chunks: Chunk[] }[] = [];
  const perGroup = options.rowsPerGroup ?? Math.max(1, rows.length);
  for (let start = 0; start < rows.length; start += perGroup) {
    const groupRows = rows.slice(start, start + perGroup);
    const chunks = leaves.map((leaf) => {
      const chunk = writeChunk(leaf, groupRows, offset, options);
      parts.push(...chunk.parts);
      offset += chunk.size;
      return chunk;
    });
    groups.push({ rows: groupRows.length, chunks });
  }
  const indexes = new Map<Chunk, { readonly offset: number; readonly length: number }>();
  for (const { chunks } of options.indexed === true ? groups : [])
    for (const chunk of chunks) {
      const index = offsetIndex(chunk);
      indexes.set(chunk, { offset, length: index.length });
      parts.push(index);
      offset += index.length;
    }
  const writer = new ThriftWriter();
  writer.rawStruct(() => {
    writer.i32(1, 2);
    writer.structs(
      2,
      [{ name: 'Trace', repetition: 'required', children: schema } as Node, ...schema.flatMap(flat)],
      (node) => {
        if (node.type) writer.i32(1, PHYSICAL[node.type]);
        writer.i32(3, REPETITION[node.repetition]);
        writer.binary(4, node.name);
        if (!node.type) writer.i32(5, node.children!.length);
        if (node.type === 'text') writer.i32(6, 0);
        if (node.list) writer.i32(6, 3);
      },
    );
    writer.i64(3, rows.length);
    writer.structs(4, groups, (group) => {
      writer.structs(1, group.chunks, (chunk) => {
        writer.i64(2, chunk.offset);
        writer.struct(3, () => {
          writer.i32(1, PHYSICAL[chunk.leaf.nodes.at(-1)!.type!]);
          writer.i32s(2, [0, 3, 8]);
          writer.strings(
            3,
            chunk.leaf.nodes.map(({ name }) => name),
          );
          writer.i32(4, CODECS[options.codec ?? 'none']);
          writer.i64(5, chunk.entries);
          writer.i64(6, chunk.size);
          writer.i64(7, chunk.size);
          writer.i64(9, chunk.offset + chunk.dictionarySize);
          if (chunk.dictionarySize > 0) writer.i64(11, chunk.offset);
        });
        const index = indexes.get(chunk);
        if (index === undefined) return;
        writer.i64(4, index.offset);
        writer.i32(5, index.length);
      });
      writer.i64(
        2,
        group.chunks.reduce((sum, chunk) => sum + chunk.size, 0),
      );
      writer.i64(3, group.rows);
    });
  });
  const footer = writer.finish();
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return new Uint8Array(Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]));
}

function flat(node: Node): readonly Node[] {
  return [node, ...(node.children ?? []).flatMap(flat)];
}

function leavesOf(path: readonly Node[]): readonly LeafPath[] {
  const last = path.at(-1)!;
  if (last.children) return last.children.flatMap((child) => leavesOf([...path, child]));
  const maxRep = path.filter(({ repetition }) => repetition === 'repeated').length;
  const maxDef = path.filter(({ repetition }) => repetition !== 'required').length;
  return [{ nodes: path, maxRep, maxDef }];
}

/** The Dremel shredding of one row for one leaf. */
function shred({ nodes }: LeafPath, row: Json, out: Entry[]): void {
  const visit = (parent: Json, index: number, rep: number, def: number, lists: number): void => {
    const node = nodes[index];
    if (!node) {
      out.push({ rep, def, value: parent as Value });
      return;
    }
    let value = parent === undefined ? undefined : (parent as Readonly<Record<string, Json>>)[node.name];
    if (node.list && Array.isArray(value)) value = { list: value.map((element) => ({ element })) };
    if (node.repetition === 'required') {
      if (value === undefined) out.push({ rep, def, value: undefined });
      else visit(value, index + 1, rep, def, lists);
    } else if (node.repetition === 'optional') {
      if (value === undefined) out.push({ rep, def, value: undefined });
      else visit(value, index + 1, rep, def + 1, lists);
    } else {
      const items = (value ?? []) as readonly Json[];
      if (items.length === 0) out.push({ rep, def, value: undefined });
      for (const [i, item] of items.entries())
        visit(item, index + 1, i === 0 ? rep : lists + 1, def + 1, lists + 1);
    }
  };
  visit(row, 0, 0, 0, 0);
}

interface Chunk {
  readonly leaf: LeafPath;
  readonly parts: readonly Uint8Array[];
  readonly offset: number;
  readonly size: number;
  readonly dictionarySize: number;
  readonly entries: number;
  /** Bytes and first row of each data page. */
  readonly pages: readonly { readonly size: number; readonly firstRow: number }[];
}

/** `OffsetIndex` of parquet.thrift. */
function offsetIndex({ pages, offset, dictionarySize }: Chunk): Uint8Array {
  let start = offset + dictionarySize;
  const writer = new ThriftWriter();
  writer.rawStruct(() =>
    writer.structs(1, pages, ({ size, firstRow }) => {
      writer.i64(1, start);
      writer.i32(2, size);
      writer.i64(3, firstRow);
      start += size;
    }),
  );
  return writer.finish();
}

const CODECS = { none: 0, snappy: 1, gzip: 2, zstd: 6 } as const;

function compress(codec: keyof typeof CODECS, bytes: Uint8Array): Uint8Array {
  if (codec === 'none') return bytes;
  if (codec === 'gzip') return gzipSync(bytes);
  return codec === 'zstd' ? zstdRaw(bytes) : snappyCompress(bytes);
}

function writeChunk(leaf: LeafPath, rows: readonly Json[], offset: number, options: WriteOptions): Chunk {
  const {
    pageVersion = 2,
    codec = 'none',
    rowsPerPage = rows.length,
    texts = 'plain',
    numbers = 'plain',
  } = options;
  const type = leaf.nodes.at(-1)!.type!;
  const isText = type === 'text' || type === 'bytes';
  const coded = isText && texts.startsWith('dictionary');
  const dictionary = new Map<string, number>();
  const distinct: Value[] = [];
  const pages: Entry[][] = [];
  for (let start = 0; start < rows.length; start += rowsPerPage) {
    const entries: Entry[] = [];
    for (const row of rows.slice(start, start + rowsPerPage)) shred(leaf, row, entries);
    pages.push(entries);
  }
  const parts: Uint8Array[] = [];
  const placed: { size: number; firstRow: number }[] = [];
  const size = (list: readonly Uint8Array[]): number => list.reduce((sum, { length }) => sum + length, 0);
  const codeOf = (value: Value): number => {
    const key = Buffer.from(value as Uint8Array | string).toString('latin1');
    const known = dictionary.get(key);
    if (known !== undefined) return known;
    dictionary.set(key, distinct.length);
    distinct.push(value);
    return distinct.length - 1;
  };
  pages.forEach((entries, number) => {
    const values = entries.map(({ value }) => value).filter((value) => value !== undefined);
    const dictionaryCoded = coded && (texts === 'dictionary' || number === 0);
    const [encoding, body] = dictionaryCoded
      ? codedValues(values.map(codeOf))
      : encodeValues(type, values, isText ? texts : numbers);
    const rep = levels(
      entries.map((entry) => entry.rep),
      leaf.maxRep,
    );
    const def = levels(
      entries.map((entry) => entry.def),
      leaf.maxDef,
    );
    const nulls = entries.length - values.length;
    const page =
      pageVersion === 2
        ? pageV2(rep, def, body, entries, nulls, encoding, codec)
        : pageV1(rep, def, body, entries, encoding, codec);
    parts.push(...page);
    placed.push({ size: size(page), firstRow: number * rowsPerPage });
  });
  const first: Uint8Array[] = [];
  if (coded) {
    const plain = plainValues(type, distinct);
    const body = compress(codec, plain);
    const header = pageHeader(2, plain.length, body.length, (writer) =>
      writer.struct(7, () => {
        writer.i32(1, distinct.length);
        writer.i32(2, 0);
      }),
    );
    first.push(header, body);
  }
  const entries = pages.reduce((sum, page) => sum + page.length, 0);
  const all = [...first, ...parts];
  return { leaf, parts: all, offset, size: size(all), dictionarySize: size(first), entries, pages: placed };
}

function codedValues(codes: readonly number[]): readonly [number, Uint8Array] {
  const width = Math.max(1, 32 - Math.clz32(Math.max(0, ...codes)));
  return [8, Buffer.concat([Uint8Array.of(width), encodeCodes(Int32Array.from(codes), codes.length, width)])];
}

function encodeValues(type: LeafType, values: readonly Value[], how: string): readonly [number, Uint8Array] {
  if (how === 'delta' && (type === 'int32' || type === 'int64'))
    return [5, deltaIntegers(values as (bigint | number)[])];
  if (type === 'text' || type === 'bytes') {
    if (how === 'delta-length') return [6, deltaLengths(values)];
    if (how === 'delta') return [7, deltaByteArray(values)];
  }
  return [0, plainValues(type, values)];
}

function levels(values: readonly number[], max: number): Uint8Array {
  if (max === 0) return new Uint8Array(0);
  return encodeCodes(Int32Array.from(values), values.length, 32 - Math.clz32(max));
}

function pageHeader(
  type: number,
  plain: number,
  compressed: number,
  body: (writer: ThriftWriter) => void,
): Uint8Array {
  const writer = new ThriftWriter();
  writer.rawStruct(() => {
    writer.i32(1, type);
    writer.i32(2, plain);
    writer.i32(3, compressed);
    body(writer);
  });
  return writer.finish();
}

function pageV2(
  rep: Uint8Array,
  def: Uint8Array,
  plain: Uint8Array,
  entries: readonly Entry[],
  nulls: number,
  encoding: number,
  codec: keyof typeof CODECS,
): readonly Uint8Array[] {
  const body = compress(codec, plain);
  const levelBytes = rep.length + def.length;
  const header = pageHeader(3, plain.length + levelBytes, body.length + levelBytes, (writer) =>
    writer.struct(8, () => {
      writer.i32(1, entries.length);
      writer.i32(2, nulls);
      writer.i32(3, entries.filter((entry) => entry.rep === 0).length);
      writer.i32(4, encoding);
      writer.i32(5, def.length);
      writer.i32(6, rep.length);
    }),
  );
  return [header, rep, def, body];
}

function pageV1(
  rep: Uint8Array,
  def: Uint8Array,
  values: Uint8Array,
  entries: readonly Entry[],
  encoding: number,
  codec: keyof typeof CODECS,
): readonly Uint8Array[] {
  const sized = (bytes: Uint8Array): readonly Uint8Array[] => {
    if (bytes.length === 0) return [];
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  };
  const plain = Buffer.concat([...sized(rep), ...sized(def), values]);
  const body = compress(codec, plain);
  const header = pageHeader(0, plain.length, body.length, (writer) =>
    writer.struct(5, () => {
      writer.i32(1, entries.length);
      writer.i32(2, encoding);
      writer.i32(3, 3);
      writer.i32(4, 3);
    }),
  );
  return [header, body];
}

/**
 * A copy of a data file with the columns alone that a question needs: the database decodes every column of the spans that it finds in a file,
 * however few are asked for. Pages are copied as they are; what changes is the footer, which names fewer columns, at other places.
 */
import { open } from 'node:fs/promises';
import type { ColumnNeeds, SpanColumn } from '../../../plan/schema.js';
import type { BlockMeta } from '../../meta.js';
import type { ByteRange, Storage } from '../../storage.js';
import { corrupt } from '../error.js';
import { SPAN_LEAVES } from '../layout.js';
import { type ColumnChunk, type Footer, footerLength, TAIL_BYTES } from '../parquet/footer.js';
import type { Leaf } from '../parquet/schema-tree.js';
import {
  changedFields,
  fieldsOf,
  itemsOf,
  readThrift,
  type ThriftFields,
  type ThriftValue,
  writeThrift,
} from '../parquet/thrift-tree.js';

/** In bytes: that much of it is in memory at once. A block may be larger than all memory. */
const PART = 1 << 22;
const MAGIC = 'PAR1';

/** Numbers of fields in parquet.thrift. */
const FILE = { schema: 2, rowGroups: 4, orders: 7 } as const;
const ELEMENT = { children: 5 } as const;
const ROW_GROUP = { columns: 1, sorting: 4, offset: 5 } as const;
const COLUMN = { offset: 2, meta: 3, indexes: [4, 5, 6, 7] } as const;
const META = { data: 9, index: 10, dictionary: 11, bloom: [14, 15] } as const;

/** What the reader takes of every block (`nested.ts`). */
const ALWAYS: ReadonlySet<string> = new Set([
  'TraceID',
  'StartTimeUnixNano',
  'EndTimeUnixNano',
  'RootServiceName',
  'RootSpanName',
  'rs.Resource.ServiceName',
  'rs.ss.Scope.Name',
  'rs.ss.Scope.Version',
  'rs.ss.Spans.SpanID',
  'rs.ss.Spans.ParentSpanID',
  'rs.ss.Spans.StartTimeUnixNano',
]);

const COLUMN_OF_LEAF = new Map(
  Object.entries(SPAN_LEAVES).map(([column, leaf]) => [leaf, column as SpanColumn]),
);
/** Of spans, and no attributes; nothing asks for them. */
const UNREAD = /^(?:TraceState|Dropped\w+|StartTimeRounded\d+|ChildCount)$/;

/** Whether the nested reader looks at a column. */
function isNeeded(path: string, { spans, spanAttributes, events, links }: ColumnNeeds): boolean {
  if (ALWAYS.has(path)) return true;
  const [, scope, name = ''] = /^rs\.(Resource|ss\.Scope|ss\.Spans)\.([^.]+)/.exec(path) ?? [];
  const has = (wanted: string): boolean => spanAttributes.some((attribute) => attribute.scope === wanted);
  if (scope === undefined) return false;
  if (scope === 'Resource') return has('resource');
  if (scope === 'ss.Scope') return has('instrumentation');
  if (name === 'Events') return events !== undefined;
  if (name === 'Links') return links !== undefined;
  const column = COLUMN_OF_LEAF.get(name);
  return column === undefined ? has('span') && !UNREAD.test(name) : spans.includes(column);
}

/** Writes the needed columns of the block into `file`. Rejects with `StorageError`, `CorruptError`, with what `node:fs` throws, or the signal's reason. */
export async function copyNeeded(
  storage: Storage,
  { dataPath, size: stated }: BlockMeta,
  footer: Footer,
  needs: ColumnNeeds,
  file: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const size = stated > 0 ? stated : await storage.size(dataPath);
  const length = footerLength(await storage.readRange(dataPath, size - TAIL_BYTES, size, signal), size);
  const tail = size - TAIL_BYTES;
  const old = readThrift(await storage.readRange(dataPath, tail - length, tail, signal));
  const kept = [...footer.leaves.values()].filter(({ path }) => isNeeded(path, needs));
  const chunks = footer.rowGroups
    .flatMap((group) => kept.map(({ number }) => group.chunks[number]!))
    .toSorted((a, b) => a.start - b.start);
  const target = await open(file, 'w');
  try {
    await target.appendFile(MAGIC);
    await withReader(storage, dataPath, signal, async (read) => {
      for (const { start, end } of adjacent(chunks))
        for (let position = start; position < end; position += PART) {
          signal?.throwIfAborted();
          await target.appendFile(await read(position, Math.min(end, position + PART)));
        }
    });
    const written = writeThrift(slimFooter(old, footer, kept, placesOf(chunks)));
    const end = Buffer.alloc(TAIL_BYTES);
    end.writeUInt32LE(written.length);
    end.write(MAGIC, 4);
    await target.appendFile(Buffer.concat([written, end]));
  } finally {
    await target.close();
  }
}

type Read = (start: number, end: number) => Promise<Uint8Array>;

/** Each part of a file of this machine is read into the memory of the one before: what is thrown away stays in memory for a while. */
async function withReader(
  storage: Storage,
  path: string,
  signal: AbortSignal | undefined,
  use: (read: Read) => Promise<void>,
): Promise<void> {
  const local = storage.localPath?.(path);
  if (local === undefined)
    return await use(async (start, end) => await storage.readRange(path, start, end, signal));
  const source = await open(local);
  try {
    const buffer = Buffer.alloc(PART);
    await use(async (start, end) => {
      const { bytesRead } = await source.read(buffer, 0, end - start, start);
      if (bytesRead < end - start) corrupt('is shorter than its footer says');
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await source.close();
  }
}

/** Chunks that follow one another are read as one. */
function adjacent(chunks: readonly ByteRange[]): readonly ByteRange[] {
  const ranges: { readonly start: number; end: number }[] = [];
  for (const { start, end } of chunks) {
    const last = ranges.at(-1);
    if (last?.end === start) last.end = end;
    else ranges.push({ start, end });
  }
  return ranges;
}

/** Where each of the chunks begins in the copy, in their order. */
function placesOf(chunks: readonly ColumnChunk[]): ReadonlyMap<ColumnChunk, number> {
  let next = MAGIC.length;
  return new Map(
    chunks.map((chunk) => {
      const place = next;
      next += chunk.end - chunk.start;
      return [chunk, place];
    }),
  );
}

function slimFooter(
  old: ThriftFields,
  { rowGroups }: Footer,
  kept: readonly Leaf[],
  places: ReadonlyMap<ColumnChunk, number>,
): ThriftFields {
  const numbers = new Set(kept.map(({ number }) => number));
  const orders = old.has(FILE.orders) ? itemsOf(old, FILE.orders) : [];
  const groups = itemsOf(old, FILE.rowGroups).map((group, number) => {
    const fields = without(fieldsOf(group), [ROW_GROUP.sorting, ROW_GROUP.offset]);
    const all = itemsOf(fields, ROW_GROUP.columns);
    const columns = kept.map((leaf) => {
      const chunk = rowGroups[number]!.chunks[leaf.number]!;
      return movedColumn(all[leaf.number]!, places.get(chunk)! - chunk.start);
    });
    return structOf(changedFields(fields, {}, new Map([[ROW_GROUP.columns, columns]])));
  });
  return changedFields(
    old,
    {},
    new Map([
      [FILE.schema, slimSchema(itemsOf(old, FILE.schema), numbers)],
      [FILE.rowGroups, groups],
      [FILE.orders, orders.filter((_, number) => numbers.has(number))],
    ]),
  );
}

/** The elements before their children, as they are stored; a group without any is left out. */
function slimSchema(elements: readonly ThriftValue[], kept: ReadonlySet<number>): readonly ThriftValue[] {
  let next = 0;
  let leaf = 0;
  const visit = (): readonly ThriftValue[] => {
    const element = elements[next++]!;
    const children = fieldsOf(element).get(ELEMENT.children);
    if (children?.kind !== 'int' || children.value === 0) return kept.has(leaf++) ? [element] : [];
    const parts = Array.from({ length: children.value }, visit).filter((part) => part.length > 0);
    if (parts.length === 0) return [];
    const own = changedFields(fieldsOf(element), { [ELEMENT.children]: () => parts.length });
    return [structOf(own), ...parts.flat()];
  };
  return visit();
}

/** What else of the file belongs to a column, indexes and filters, is not copied. */
function movedColumn(column: ThriftValue, by: number): ThriftValue {
  const moved = (offset: number): number => offset + by;
  const fields = without(fieldsOf(column), COLUMN.indexes);
  const meta = changedFields(without(fieldsOf(fields.get(COLUMN.meta)!), META.bloom), {
    [META.data]: moved,
    [META.index]: moved,
    [META.dictionary]: moved,
  });
  const changed = changedFields(fields, { [COLUMN.offset]: moved });
  return structOf(new Map(changed).set(COLUMN.meta, structOf(meta)));
}

function without(fields: ThriftFields, ids: readonly number[]): ThriftFields {
  return new Map([...fields].filter(([id]) => !ids.includes(id)));
}

function structOf(fields: ThriftFields): ThriftValue {
  return { kind: 'struct', fields };
}

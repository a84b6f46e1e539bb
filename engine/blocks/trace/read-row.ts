/** Reads all columns of one row, of each column only the page that holds it. */
import { corrupt } from '../flatten/error.js';
import type { ColumnChunk, Footer } from '../flatten/parquet/footer.js';
import type { PagePlace } from '../flatten/parquet/page-index.js';
import { isDictionaryCoded, readPages } from '../flatten/parquet/pages.js';
import { PhysicalType, Repetition } from '../flatten/parquet/parquet-format.js';
import type { Leaf } from '../flatten/parquet/schema-tree.js';
import { dictionaryRange, placedPage, rowsIn } from '../flatten/rows/placed-page.js';
import type { BlockMeta } from '../meta.js';
import type { ByteRange } from '../storage.js';
import { type BlockFiles, type ChunkPages, decodeDictionary, type ReadCount } from './block-files.js';
import type { RowPlace } from './find-row.js';
import { type LeafRow, LeafRowBuilder } from './leaf-row.js';
import { TraceRow } from './trace-row.js';

/** What Tempo computes from the spans and OTLP does not have. */
const COMPUTED = /\.(ParentID|NestedSetLeft|NestedSetRight|ChildCount|SpanCount|StartTimeRounded\d+)$/;

function isWanted({ path }: Leaf): boolean {
  return path.startsWith('rs.') && !COMPUTED.test(path);
}

/** Where a column of the row is read from. */
interface Source {
  readonly leaf: Leaf;
  readonly chunk: ColumnChunk;
  /** Absent without a page index: then the whole chunk is read. */
  readonly place: PagePlace | undefined;
  readonly dictionary: ByteRange | undefined;
}

/** Rejects with `StorageError`, `CorruptError`, `UnknownShapeError`. */
export async function readRow(
  files: BlockFiles,
  block: BlockMeta,
  footer: Footer,
  { group, row }: RowPlace,
  count: ReadCount,
): Promise<TraceRow> {
  const wanted = [...footer.leaves.values()].filter(isWanted);
  const chunks = footer.rowGroups[group]?.chunks ?? [];
  const index = await files.groupIndex(block, footer, group, count);
  const leaves = new Map<string, LeafRow>();
  const sources: Source[] = [];
  const looked: Leaf[] = [];
  for (const leaf of wanted) {
    const chunk = chunks[leaf.number] ?? corrupt(`column ${leaf.path} is missing in a row group`);
    const pages = index.get(leaf.number);
    if (isZero(leaf, chunk, pages, row)) continue;
    looked.push(leaf);
    const source = sourceOf(leaf, chunk, pages, row);
    if (source) sources.push(source);
  }
  const ranges = sources.flatMap(({ place, chunk, dictionary }) => [
    place ?? chunk,
    ...(dictionary && !files.hasDictionary(block, chunk) ? [dictionary] : []),
  ]);
  const read = await files.read(block, ranges, count);
  const own = { files, block, ranges: new Set(ranges), read, count };
  const rows = await Promise.all(
    sources.map(async (source) => [source.leaf.path, await rowOf(source, row, own)] as const),
  );
  for (const [path, leafRow] of rows) leaves.set(path, leafRow);
  return new TraceRow(leaves, looked);
}

/** What the columns of one row have in common. */
interface Reading {
  readonly files: BlockFiles;
  readonly block: BlockMeta;
  /** What `read` has. */
  readonly ranges: ReadonlySet<ByteRange>;
  readonly read: (range: ByteRange) => Uint8Array;
  readonly count: ReadCount;
}

/**
 * Whether a required column has nothing but zeros (false, empty texts) in the page of the row, which is what an absent column
 * reads as: dropped counts are hardly ever anything else. Both the page's bounds and the chunk's must say so, as neither has a checksum.
 */
function isZero(leaf: Leaf, chunk: ColumnChunk, pages: ChunkPages | undefined, row: number): boolean {
  if (leaf.repetition !== Repetition.REQUIRED || chunk.nulls === undefined) return false;
  const pageIndex = pages?.places.findIndex((page) => page.firstRow <= row && row < page.lastRow) ?? -1;
  const bounds = pages?.bounds?.[pageIndex];
  if (!bounds || bounds.empty) return false;
  if (leaf.type === PhysicalType.BYTE_ARRAY)
    return bounds.min.length === 0 && bounds.max.length === 0 && !chunk.min?.length && !chunk.max?.length;
  return [bounds.min, bounds.max, chunk.min, chunk.max].every(
    (value) => value !== undefined && value.length > 0 && value.every((byte) => byte === 0),
  );
}

/** Nothing for a column that has no value in the page of the row. */
function sourceOf(
  leaf: Leaf,
  chunk: ColumnChunk,
  pages: ChunkPages | undefined,
  row: number,
): Source | undefined {
  if (chunk.entries > 0 && chunk.nulls === chunk.entries) return undefined;
  if (!pages) return { leaf, chunk, place: undefined, dictionary: undefined };
  const pageIndex = pages.places.findIndex((page) => page.firstRow <= row && row < page.lastRow);
  const place = pages.places[pageIndex] ?? corrupt(`column ${leaf.path} has no page for a row`);
  if (pages.bounds?.[pageIndex]?.empty) return undefined;
  return { leaf, chunk, place, dictionary: dictionaryRange(chunk, pages.places) };
}

async function rowOf(
  { leaf, chunk, place, dictionary: range }: Source,
  row: number,
  { files, block, ranges, read, count }: Reading,
): Promise<LeafRow> {
  const builder = new LeafRowBuilder(leaf);
  if (!place) {
    const { dictionary, data } = readPages(read(chunk), leaf, chunk);
    const decoded =
      dictionary && data.some(isDictionaryCoded) ? decodeDictionary(dictionary, leaf) : undefined;
    let firstRow = 0;
    for (const page of data) {
      builder.add(page, decoded, firstRow, row);
      firstRow += rowsIn(page, leaf);
    }
    return builder.finish();
  }
  const page = placedPage(read(place), place, leaf, chunk);
  const { firstRow } = place;
  const dictionary =
    isDictionaryCoded(page) && range
      ? await files.dictionary(block, leaf, chunk, async () =>
          // It may have left the cache since the ranges were chosen.
          ranges.has(range) ? read(range) : (await files.read(block, [range], count))(range),
        )
      : undefined;
  builder.add(page, dictionary, firstRow, row);
  return builder.finish();
}

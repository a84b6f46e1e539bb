/** Pages of a column chunk with the rows that they hold. */
import { corrupt } from '../flatten/error.js';
import type { ColumnChunk } from '../flatten/parquet/footer.js';
import { type DataPage, isDictionaryCoded, readPage, readPages } from '../flatten/parquet/pages.js';
import type { Leaf } from '../flatten/parquet/schema-tree.js';
import type { BlockMeta } from '../meta.js';
import type { ByteRange } from '../storage.js';
import { type BlockFiles, type Dictionary, decodeDictionary, type ReadCount } from './block-files.js';
import { countRows } from './leaf-row.js';
import type { PagePlace } from './page-index.js';

export interface PlacedPage {
  readonly page: DataPage;
  /** The row of its first entry, in the row group. */
  readonly firstRow: number;
}

export interface PlacedPages {
  readonly dictionary: Dictionary | undefined;
  readonly data: readonly PlacedPage[];
}

/** Reads pages of one chunk by their places. Throws `CorruptError`, `StorageError`, `UnknownShapeError`. */
export async function readPlaces(
  files: BlockFiles,
  block: BlockMeta,
  leaf: Leaf,
  chunk: ColumnChunk,
  places: readonly PagePlace[],
  count: ReadCount,
): Promise<PlacedPages> {
  const read = await files.read(block, places, count);
  return { dictionary: undefined, data: places.map((place) => placedPage(read(place), place, leaf, chunk)) };
}

/** A page whose bytes are known. */
export function placedPage(bytes: Uint8Array, place: PagePlace, leaf: Leaf, chunk: ColumnChunk): PlacedPage {
  const { page, end } = readPage(bytes, 0, leaf, chunk);
  if (page.kind !== 'data' || end !== bytes.length)
    return corrupt(`column ${leaf.path} has no data page where its index says`);
  const rows = place.lastRow - place.firstRow;
  // Headers have no checksum of their own, but two places say how many rows the page has.
  const found = page.page.rows ?? countRows(page.page, leaf);
  if (found !== rows || page.page.entries < rows || (leaf.maxRep === 0 && page.page.entries !== rows))
    corrupt(`column ${leaf.path} has a page of other rows than its index says`);
  return { page: page.page, firstRow: place.firstRow };
}

/** Where a dictionary lies: before the first data page, if anywhere. */
export function dictionaryRange(chunk: ColumnChunk, places: readonly PagePlace[]): ByteRange | undefined {
  const first = places[0];
  return first && first.start > chunk.start ? { start: chunk.start, end: first.start } : undefined;
}

/**
 * All pages of a chunk, for files without a page index. Only columns in no list: of the others only their levels tell which
 * row a page begins with.
 */
export async function readAllPages(
  files: BlockFiles,
  block: BlockMeta,
  leaf: Leaf,
  chunk: ColumnChunk,
  count: ReadCount,
): Promise<PlacedPages> {
  const read = await files.read(block, [chunk], count);
  const { dictionary, data } = readPages(read(chunk), leaf, chunk);
  let firstRow = 0;
  const placed = data.map((page) => {
    const position = firstRow;
    firstRow += page.entries;
    return { page, firstRow: position };
  });
  const coded = dictionary && data.some(isDictionaryCoded);
  return { dictionary: coded ? decodeDictionary(dictionary, leaf) : undefined, data: placed };
}

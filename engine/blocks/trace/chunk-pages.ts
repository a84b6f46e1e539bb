/** Pages of a column chunk with the rows that they hold. */
import type { ColumnChunk } from '../flatten/parquet/footer.js';
import type { PagePlace } from '../flatten/parquet/page-index.js';
import { type DataPage, isDictionaryCoded, readPages } from '../flatten/parquet/pages.js';
import type { Leaf } from '../flatten/parquet/schema-tree.js';
import { placedPage } from '../flatten/rows/placed-page.js';
import type { BlockMeta } from '../meta.js';
import { type BlockFiles, type Dictionary, decodeDictionary, type ReadCount } from './block-files.js';

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
  return {
    dictionary: undefined,
    data: places.map((place) => ({
      page: placedPage(read(place), place, leaf, chunk),
      firstRow: place.firstRow,
    })),
  };
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

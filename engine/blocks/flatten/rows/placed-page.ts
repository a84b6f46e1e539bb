/** Pages of a column chunk by the places that the page index gives, and which rows they hold. */
import type { ByteRange } from '../../storage.js';
import { corrupt } from '../error.js';
import type { ColumnChunk } from '../parquet/footer.js';
import type { PagePlace } from '../parquet/page-index.js';
import { type DataPage, readPage } from '../parquet/pages.js';
import type { Leaf } from '../parquet/schema-tree.js';
import { pageReps } from './structure.js';

/** The page whose bytes, from its header on, `bytes` begins with. Throws `CorruptError`, `UnknownShapeError`. */
export function placedPage(bytes: Uint8Array, place: PagePlace, leaf: Leaf, chunk: ColumnChunk): DataPage {
  const { page, end } = readPage(bytes, 0, leaf, chunk);
  if (page.kind !== 'data' || end !== place.end - place.start)
    return corrupt(`column ${leaf.path} has no data page where its index says`);
  const rows = place.lastRow - place.firstRow;
  // Headers have no checksum of their own, but two places say how many rows the page has.
  const { entries } = page.page;
  if (rowsIn(page.page, leaf) !== rows || entries < rows || (leaf.maxRep === 0 && entries !== rows))
    corrupt(`column ${leaf.path} has a page of other rows than its index says`);
  return page.page;
}

/** How many rows begin in a page. */
export function rowsIn(page: DataPage, leaf: Leaf): number {
  if (page.rows !== undefined) return page.rows;
  if (leaf.maxRep === 0) return page.entries;
  const reps = pageReps(page, leaf);
  let rows = 0;
  for (let i = 0; i < page.entries; i++) if (reps[i] === 0) rows++;
  return rows;
}

/** Where a dictionary lies: before the first data page, if anywhere. */
export function dictionaryRange(chunk: ColumnChunk, places: readonly PagePlace[]): ByteRange | undefined {
  const first = places[0];
  return first && first.start > chunk.start ? { start: chunk.start, end: first.start } : undefined;
}

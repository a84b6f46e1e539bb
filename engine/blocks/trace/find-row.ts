/** Where in a data file the rows of a trace are: rows are sorted by id, so mostly one page of one column tells. */

import { UnknownShapeError } from '../flatten/error.js';
import { requiredLeaf } from '../flatten/layout.js';
import { type ByteArrays, decodeByteArrays } from '../flatten/parquet/byte-arrays.js';
import type { Footer } from '../flatten/parquet/footer.js';
import { type DataPage, isDictionaryCoded, pageBody } from '../flatten/parquet/pages.js';
import { PhysicalType } from '../flatten/parquet/parquet-format.js';
import type { Leaf } from '../flatten/parquet/schema-tree.js';
import type { BlockMeta } from '../meta.js';
import type { BlockFiles, Dictionary, ReadCount } from './block-files.js';
import { readAllPages, readPlaces } from './chunk-pages.js';
import { readValues } from './page-values.js';

export interface RowPlace {
  readonly group: number;
  /** In the row group, counted from 0. */
  readonly row: number;
}

/**
 * Every row of the block whose trace has the id: one, or none where the bloom filter erred; several where a writer did not
 * join fragments. Rejects with `StorageError`, `CorruptError`, `ForeignFileError`, `UnknownShapeError`.
 */
export async function findRows(
  files: BlockFiles,
  block: BlockMeta,
  footer: Footer,
  traceId: Uint8Array,
  count: ReadCount,
): Promise<readonly RowPlace[]> {
  const leaf = requiredLeaf(footer, 'TraceID', PhysicalType.BYTE_ARRAY);
  if (leaf.maxRep > 0 || leaf.maxDef > 0) throw new UnknownShapeError('TraceID is not a required column');
  const found: RowPlace[] = [];
  for (const [group, { chunks, rows }] of footer.rowGroups.entries()) {
    const chunk = chunks[leaf.number];
    if (!chunk || !mayBeBetween(traceId, chunk.min, chunk.max)) continue;
    const index = (await files.groupIndex(block, footer, group, count)).get(leaf.number);
    const places = index?.places.filter((_, n) => {
      const bounds = index.bounds?.[n];
      return mayBeBetween(traceId, bounds?.min, bounds?.max);
    });
    const pages =
      places === undefined
        ? await readAllPages(files, block, leaf, chunk, count)
        : await readPlaces(files, block, leaf, chunk, places, count);
    for (const { firstRow, page } of pages.data) {
      for (const position of placesOf(traceId, page, leaf, pages.dictionary))
        if (firstRow + position < rows) found.push({ group, row: firstRow + position });
    }
  }
  return found;
}

/** Bounds may be cut off, or not be there. */
function mayBeBetween(id: Uint8Array, min: Uint8Array | undefined, max: Uint8Array | undefined): boolean {
  if (min && compare(id, min) < 0) return false;
  return !max || max.length === 0 || compare(id.subarray(0, max.length), max) <= 0;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** All rows are looked at, as nothing but the writer's word says that they are sorted. */
function placesOf(
  id: Uint8Array,
  page: DataPage,
  leaf: Leaf,
  dictionary: Dictionary | undefined,
): readonly number[] {
  const found: number[] = [];
  if (isDictionaryCoded(page)) {
    const ids = readValues(page, dictionary, leaf, 0, page.entries);
    for (const [index, value] of ids.entries())
      if (value instanceof Uint8Array && compare(value, id) === 0) found.push(index);
    return found;
  }
  const ids = decodeByteArrays(pageBody(page), page.encoding, page.entries);
  for (let position = 0; position < ids.count; position++) if (isAt(id, ids, position)) found.push(position);
  return found;
}

function isAt(id: Uint8Array, { heap, starts, lengths }: ByteArrays, position: number): boolean {
  const start = starts[position] ?? 0;
  if (lengths[position] !== id.length) return false;
  // Byte by byte, as nearly all differ in the first.
  for (let i = 0; i < id.length; i++) if (heap[start + i] !== id[i]) return false;
  return true;
}

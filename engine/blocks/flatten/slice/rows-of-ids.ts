/** Which rows of a row group are the traces of a range of ids: rows are sorted by id. */
import type { IdBounds } from '../../id-range.js';
import { UnknownShapeError } from '../error.js';
import { ascending } from '../parquet/growable.js';
import type { PageBounds } from '../parquet/page-index.js';
import type { Pages } from '../parquet/pages.js';
import { StringStore } from '../rows/stores.js';

/** Rows of a row group, counted from 0; `to` is exclusive. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Bytes of a trace id; bounds of another length may be cut off. */
const ID_BYTES = 16;

/** What is known of ids between these bounds. */
export function placeOf(
  { from, to }: IdBounds,
  min: Uint8Array | undefined,
  max: Uint8Array | undefined,
): 'outside' | 'inside' | 'some' {
  if (min?.length === ID_BYTES && to !== undefined && compare(min, to) >= 0) return 'outside';
  if (max?.length === ID_BYTES && from !== undefined && compare(max, from) < 0) return 'outside';
  const inside =
    (from === undefined || (min?.length === ID_BYTES && compare(min, from) >= 0)) &&
    (to === undefined || (max?.length === ID_BYTES && compare(max, to) < 0));
  return inside ? 'inside' : 'some';
}

/** The first and the last page, by number, that may hold some of the ids; undefined where none does. */
export function pagesOfIds(
  ids: IdBounds,
  pages: number,
  bounds: readonly PageBounds[] | undefined,
): { readonly first: number; readonly last: number } | undefined {
  if (bounds === undefined) return { first: 0, last: pages - 1 };
  const some = bounds.map(({ min, max }) => placeOf(ids, min, max) !== 'outside');
  const first = some.indexOf(true);
  return first === -1 ? undefined : { first, last: some.lastIndexOf(true) };
}

/** The rows with the ids, where `pages` of ids begin with row `firstRow`, and no other page has any. Throws `CorruptError`, `UnknownShapeError`. */
export function rowsOfIds({ from, to }: IdBounds, pages: Pages, firstRow: number): RowRange {
  const store = new StringStore('bare');
  for (const page of pages.data) {
    if (page.nulls > 0) throw new UnknownShapeError('TraceID is not a required column');
    store.take(page, pages.dictionary, ascending(page.entries), page.entries);
  }
  let before: Uint8Array | undefined;
  let [first, last] = [store.length, store.length];
  for (let row = store.length - 1; row >= 0; row--) {
    const id = store.pool.bytes(store.codes.array[row]!);
    if (before !== undefined && compare(id, before) > 0)
      throw new UnknownShapeError('traces are not sorted by their ids');
    before = id;
    if (from === undefined || compare(id, from) >= 0) first = row;
    if (to !== undefined && compare(id, to) >= 0) last = row;
  }
  return { from: firstRow + Math.min(first, last), to: firstRow + last };
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** Parquet's page index: where the pages of a column chunk lie, which rows they hold, and between what values. */

import type { ByteRange } from '../../storage.js';
import { corrupt } from '../error.js';
import type { ColumnChunk } from './footer.js';
import { ThriftReader } from './thrift-reader.js';

/** One data page of a column chunk. */
export interface PagePlace extends ByteRange {
  /** Rows of the row group, counted from 0. */
  readonly firstRow: number;
  /** Exclusive. */
  readonly lastRow: number;
}

export interface PageBounds {
  /** Whether the page has no value at all: nulls and empty lists only. */
  readonly empty: boolean;
  /** Least and greatest value, PLAIN encoded; texts may be cut off. */
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

/** `OffsetIndex` of parquet.thrift, for a chunk of a row group with `rows` rows. Throws `CorruptError`. */
export function readOffsetIndex(bytes: Uint8Array, chunk: ColumnChunk, rows: number): readonly PagePlace[] {
  const reader = new ThriftReader(bytes, 0);
  const found: { start: number; end: number; firstRow: number }[] = [];
  for (let id = reader.begin(); id !== 0; id = reader.next()) {
    if (id !== 1) {
      reader.skip();
      continue;
    }
    const count = reader.list();
    for (let i = 0; i < count; i++) found.push(readLocation(reader));
  }
  if (found.length === 0) return corrupt('has a page index without pages');
  return found.map((page, i) => {
    const lastRow = found[i + 1]?.firstRow ?? rows;
    const first = i === 0 && page.firstRow !== 0;
    if (first || lastRow <= page.firstRow || page.start < chunk.start || page.end > chunk.end)
      corrupt('has a page index that contradicts its footer');
    return { ...page, lastRow };
  });
}

function readLocation(reader: ThriftReader): { start: number; end: number; firstRow: number } {
  let start = 0;
  let size = 0;
  let firstRow = 0;
  for (let id = reader.begin(); id !== 0; id = reader.next()) {
    if (id === 1) start = reader.count();
    else if (id === 2) size = reader.count();
    else if (id === 3) firstRow = reader.count();
    else reader.skip();
  }
  return { start, end: start + size, firstRow };
}

/** `ColumnIndex` of parquet.thrift, for a chunk of `pages` pages. Throws `CorruptError`. */
export function readColumnIndex(bytes: Uint8Array, pages: number): readonly PageBounds[] {
  const reader = new ThriftReader(bytes, 0);
  const empty: boolean[] = [];
  const min: Uint8Array[] = [];
  const max: Uint8Array[] = [];
  const nulls: number[] = [];
  for (let id = reader.begin(); id !== 0; id = reader.next()) {
    if (id === 1) {
      const count = reader.list();
      // Compact Thrift has 1 for true; false is 2, or 0 as parquet-go writes it.
      for (let i = 0; i < count; i++) empty.push(reader.byte() === 1);
    } else if (id === 2 || id === 3) {
      const count = reader.list();
      for (let i = 0; i < count; i++) (id === 2 ? min : max).push(reader.binary());
    } else if (id === 5) {
      const count = reader.list();
      for (let i = 0; i < count; i++) nulls.push(reader.count());
    } else reader.skip();
  }
  if (empty.length !== pages || min.length !== pages || max.length !== pages)
    return corrupt('has a page index that does not fit its pages');
  return empty.map((isEmpty, i) => {
    const bounds = { empty: isEmpty, min: min[i] ?? NONE, max: max[i] ?? NONE };
    // The index has no checksum: a page is passed over only where all that is said of it agrees.
    if (isEmpty && (nulls[i] === 0 || !isZero(bounds.min) || !isZero(bounds.max)))
      corrupt('has a page index that contradicts itself');
    return bounds;
  });
}

const NONE = new Uint8Array(0);

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

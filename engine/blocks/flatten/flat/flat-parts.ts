/** Columns of flat files that several of them have. */
import type { AttributeColumn, AttributeType, StoredScope } from '../../../plan/schema.js';
import { attributeColumn } from '../../../sql/relations/flat.js';
import type { Cells, TypedCells } from '../attributes/cells.js';
import { furtherCells } from '../attributes/further-cells.js';
import type { ParsedColumns } from '../attributes/parsed-columns.js';
import { corrupt } from '../error.js';
import type { ColumnChunk } from '../parquet/footer.js';
import type { Pages } from '../parquet/pages.js';
import { pagesAreTexts } from '../parquet/utf8.js';
import type { Transplanted } from '../plan.js';
import { StringStore } from '../rows/stores.js';
import type { Bounds, FlatChunk } from './flat-chunk.js';
import { attributeColumnChunk, intColumn, textColumn, transplant } from './flat-column.js';

export function transplantAll(
  flat: Map<string, FlatChunk>,
  transplanted: readonly Transplanted[],
  columns: ParsedColumns,
  rows: number,
): void {
  for (const { name, leaf, type } of transplanted) {
    const chunk = columns.chunk(leaf);
    const bounds = name === 'start_ns' || name === 'end_ns' ? signedBounds(chunk) : undefined;
    const pages = columns.required(leaf);
    const whole = !type.text || pagesAreTexts(pages);
    flat.set(name, whole ? transplant(pages, chunk.codec, type, rows, bounds) : repaired(pages, rows));
  }
}

/** A column of texts of which some are not UTF-8. */
function repaired(pages: Pages, rows: number): FlatChunk {
  const store = new StringStore();
  for (const page of pages.data) {
    const values = page.entries - page.nulls;
    const all = Int32Array.from({ length: values }, (_, i) => i);
    if (values > 0) store.take(page, pages.dictionary, all, values);
  }
  const places = Int32Array.from({ length: store.length }, (_, i) => i);
  return textColumn({ store, rows: places, at: places, lengths: undefined }, rows);
}

/** Bounds of an unsigned column hold for signed numbers while the sign bit is clear. */
export function signedBounds({ min, max }: ColumnChunk): Bounds | undefined {
  if (min?.length !== 8 || max?.length !== 8 || max[7]! > 127) return undefined;
  return { min, max };
}

/** A required column of row numbers, moved up by `base`; `local` ascends. */
export function numbered(local: Int32Array, base: number): FlatChunk {
  if (base + (local.at(-1) ?? 0) > 0x7fffffff) corrupt('has more rows than can be numbered');
  const values = base === 0 ? local : local.map((row) => row + base);
  if (values.length === 0) return intColumn(values);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return intColumn(values, { min: bytes.subarray(0, 4), max: bytes.subarray(bytes.length - 4) });
}

/** Adds a column for each type that a key has, and what of it is there several times; `spread` takes cells from the rows of their scope to those of the file. */
export function addAttributes(
  flat: Map<string, FlatChunk>,
  scope: StoredScope,
  keys: readonly string[],
  all: readonly TypedCells[],
  rows: number,
  spread: (cells: Cells) => Cells = (cells) => cells,
): void {
  all.forEach((typed, i) => {
    const attribute = { scope, key: keys[i]! };
    const add = (column: AttributeColumn, cells: Cells): void => {
      const spreadCells = spread(cells);
      if (spreadCells.rows.length === 0) return;
      flat.set(attributeColumn(attribute, column), attributeColumnChunk(column, spreadCells, rows));
    };
    for (const [type, cells] of Object.entries(typed.byType) as [AttributeType, Cells][]) add(type, cells);
    if (typed.further) add('further', furtherCells(typed.further));
  });
}

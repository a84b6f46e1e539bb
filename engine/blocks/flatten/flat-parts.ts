/** Columns of flat files that several of them have. */
import type { AttributeType, StoredScope } from '../../spans/schema.js';
import { attributeColumn } from '../flat.js';
import type { Cells, TypedCells } from './cells.js';
import { corrupt } from './error.js';
import type { Bounds, FlatChunk } from './flat-chunk.js';
import { attributeColumnChunk, intColumn, transplant } from './flat-column.js';
import type { ColumnChunk } from './footer.js';
import type { ParsedColumns } from './parsed-columns.js';
import type { Transplanted } from './plan.js';

export function transplantAll(
  flat: Map<string, FlatChunk>,
  transplanted: readonly Transplanted[],
  columns: ParsedColumns,
  rows: number,
): void {
  for (const { name, leaf, type } of transplanted) {
    const chunk = columns.chunk(leaf);
    const bounds = name === 'start_ns' || name === 'end_ns' ? signedBounds(chunk) : undefined;
    flat.set(name, transplant(columns.required(leaf), chunk.codec, type, rows, bounds));
  }
}

/** Bounds of an unsigned column hold for signed numbers while the sign bit is clear. */
function signedBounds({ min, max }: ColumnChunk): Bounds | undefined {
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

/** Adds a column for each type that a key has; `spread` takes cells from the rows of their scope to those of the file. */
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
    for (const [type, cells] of Object.entries(typed) as [AttributeType, Cells][]) {
      const spreadCells = spread(cells);
      if (spreadCells.rows.length === 0) continue;
      flat.set(attributeColumn(attribute, type), attributeColumnChunk(type, spreadCells, rows));
    }
  });
}

/** A page without the rows before and behind those that are wanted. */
import { corrupt } from '../error.js';
import { bitWidth } from '../parquet/hybrid.js';
import { encodeCodes } from '../parquet/hybrid-encode.js';
import type { DataPage } from '../parquet/pages.js';
import { Codec } from '../parquet/parquet-format.js';
import type { Leaf } from '../parquet/schema-tree.js';
import { pageDefs, pageReps } from '../rows/structure.js';
import { cutValues } from './cut-values.js';

/**
 * The rows number `from` (inclusive) to `to` (exclusive) of a page that begins with a row and holds `rows`, as a page of its own. Its levels and values are
 * encoded anew; one of which all is wanted stays what it is. Throws `CorruptError`, `UnknownShapeError`.
 */
export function trimPage(page: DataPage, leaf: Leaf, rows: number, from: number, to: number): DataPage {
  if (from <= 0 && to >= rows) return page;
  const reps = leaf.maxRep === 0 ? undefined : pageReps(page, leaf).slice(0, page.entries);
  const first = entryOfRow(reps, from, page.entries);
  const last = entryOfRow(reps, to, page.entries);
  const defs = leaf.maxDef === 0 ? undefined : pageDefs(page, leaf).slice(0, page.entries);
  const before = valuesIn(defs, leaf, 0, first);
  const values = valuesIn(defs, leaf, first, last);
  const { encoding, body } = cutValues(page, leaf, before, before + values);
  const entries = last - first;
  return {
    entries,
    nulls: entries - values,
    rows: to - from,
    encoding,
    rep: levels(reps, leaf.maxRep, first, last),
    def: levels(defs, leaf.maxDef, first, last),
    body,
    codec: Codec.UNCOMPRESSED,
    length: body.length,
  };
}

/** Where the row begins that `row` others precede; the end where there are no more. */
function entryOfRow(reps: Uint8Array | undefined, row: number, entries: number): number {
  if (reps === undefined) return Math.min(row, entries);
  if (entries > 0 && reps[0] !== 0) corrupt('has a page that begins inside of a row');
  let before = row;
  for (let i = 0; i < entries; i++) if (reps[i] === 0 && before-- === 0) return i;
  return entries;
}

function valuesIn(defs: Uint8Array | undefined, leaf: Leaf, from: number, to: number): number {
  if (defs === undefined) return to - from;
  let found = 0;
  for (let i = from; i < to; i++) if (defs[i] === leaf.maxDef) found++;
  return found;
}

function levels(all: Uint8Array | undefined, most: number, from: number, to: number): Uint8Array {
  if (all === undefined) return new Uint8Array(0);
  return encodeCodes(Int32Array.from(all.subarray(from, to)), to - from, bitWidth(most));
}

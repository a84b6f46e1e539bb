/** Picks the values of rows out of a column that lies directly in them. */
import { corrupt } from '../error.js';
import { ascending, Ints } from '../parquet/growable.js';
import type { Pages } from '../parquet/pages.js';
import type { Leaf } from '../parquet/schema-tree.js';
import type { Store } from './stores.js';
import { checkOwners, pageDefs, pageReps } from './structure.js';

/** The values of a column that lies directly in a row: a dedicated or fixed attribute, or a required column. */
export interface RowValues {
  /** Ascending. */
  readonly rows: Int32Array;
  /** How many values each of `rows` has, at least 1. */
  readonly counts: Int32Array;
}

/**
 * Appends all values of a column to `store`. `depth` is in how many lists its rows are (3 for spans); the column itself may
 * be required, optional or repeated. Throws `CorruptError`.
 */
export function gatherRows(pages: Pages, leaf: Leaf, depth: number, owners: number, store: Store): RowValues {
  const rows = new Ints();
  const counts = new Ints();
  const ownerDef = leaf.listDef[depth]!;
  const present = leaf.maxDef;
  let owner = -1;
  for (const page of pages.data) {
    const entries = page.entries;
    const reps = pageReps(page, leaf);
    const defs = pageDefs(page, leaf);
    const before = rows.length;
    const levels = { reps, defs, depth, ownerDef, present };
    owner = scanPage(levels, entries, owner, before, rows.reserve(entries), counts.reserve(entries));
    const to = pageEnd;
    const values = pageValues;
    rows.length = counts.length = to;
    if (values !== entries - page.nulls) corrupt('has levels that contradict each other');
    if (values > 0) store.take(page, pages.dictionary, ascending(values), values);
  }
  checkOwners(owner + 1, owners, leaf);
  if (rows.length > 0 && rows.array[0]! < 0) corrupt('has levels that contradict each other');
  return { rows: rows.values(), counts: counts.values() };
}

interface PageLevels {
  readonly reps: Uint8Array;
  readonly defs: Uint8Array;
  readonly depth: number;
  readonly ownerDef: number;
  readonly present: number;
}

/** Of the last `scanPage`: the number of rows after it, and of values in it. */
let pageEnd = 0;
let pageValues = 0;

/** The hot loop, alone so that the compiler soon has all of it. Returns the last owner. */
function scanPage(
  { reps, defs, depth, ownerDef, present }: PageLevels,
  entries: number,
  ownerBefore: number,
  before: number,
  rows: Int32Array,
  counts: Int32Array,
): number {
  let owner = ownerBefore;
  let to = before;
  let values = 0;
  for (let i = 0; i < entries; i++) {
    const def = defs[i]!;
    if (reps[i]! <= depth && def >= ownerDef) owner++;
    if (def !== present) continue;
    values++;
    if (to > 0 && rows[to - 1] === owner) counts[to - 1]!++;
    else {
      rows[to] = owner;
      counts[to] = 1;
      to++;
    }
  }
  pageEnd = to;
  pageValues = values;
  return owner;
}

/** Picks the values of rows out of a column that lies directly in them. */
import { corrupt } from './error.js';
import { IntScratch, Ints } from './growable.js';
import type { Pages } from './pages.js';
import type { Leaf } from './schema-tree.js';
import type { Store } from './stores.js';
import { checkOwners, pageDefs, pageReps } from './structure.js';

const pickScratch = new IntScratch();

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
    const n = page.entries;
    const reps = pageReps(page, leaf);
    const defs = pageDefs(page, leaf);
    const rowsOut = rows.reserve(n);
    const countsOut = counts.reserve(n);
    let to = rows.length;
    let values = 0;
    for (let i = 0; i < n; i++) {
      const def = defs[i]!;
      if (reps[i]! <= depth && def >= ownerDef) owner++;
      if (def === present) {
        values++;
        if (to > 0 && rowsOut[to - 1] === owner) countsOut[to - 1]!++;
        else {
          rowsOut[to] = owner;
          countsOut[to] = 1;
          to++;
        }
      }
    }
    rows.length = counts.length = to;
    if (values !== n - page.nulls) corrupt('has levels that contradict each other');
    if (values > 0) {
      const picks = pickScratch.get(values);
      for (let i = 0; i < values; i++) picks[i] = i;
      store.take(page, pages.dictionary, picks, values);
    }
  }
  checkOwners(owner + 1, owners, leaf);
  if (rows.length > 0 && rows.array[0]! < 0) corrupt('has levels that contradict each other');
  return { rows: rows.values(), counts: counts.values() };
}

/** Picks the values that belong to found attributes, or to rows, out of a nested column. */
import { corrupt } from './error.js';
import { IntScratch, Ints } from './growable.js';
import type { Pages } from './pages.js';
import type { Leaf } from './schema-tree.js';
import type { Store } from './stores.js';
import { checkOwners, pageDefs, pageReps } from './structure.js';

const pickScratch = new IntScratch();

/**
 * Appends to `store` the values of the entries `slots` (ascending) of a value column of an attribute list, and returns how
 * many each had. `depth` is the greatest repetition level of the list's `Key` column, `slotCount` its entries: a value
 * column has one entry for each of those and more where an attribute has several values. Throws `CorruptError`.
 */
export function gatherSlots(
  pages: Pages,
  leaf: Leaf,
  slots: Int32Array,
  depth: number,
  slotCount: number,
  store: Store,
): Int32Array {
  const counts = new Int32Array(slots.length);
  const entries = pages.data.reduce((sum, page) => sum + page.entries, 0);
  if (entries < slotCount || (leaf.maxRep === depth && entries !== slotCount)) {
    corrupt(`column ${leaf.path} has fewer values than the list has attributes`);
  }
  const single = entries === slotCount;
  const present = leaf.maxDef;
  let slot = -1; // of the entry before
  let next = 0; // in `slots`
  for (const page of pages.data) {
    const n = page.entries;
    if (single) {
      const last = slot + n;
      const first = next;
      if (next >= slots.length || slots[next]! > last || page.nulls === n) {
        while (next < slots.length && slots[next]! <= last) next++;
        slot = last;
        continue;
      }
      const picks = pickScratch.get(n);
      let taken = 0;
      if (page.nulls === 0) {
        for (; next < slots.length && slots[next]! <= last; next++) {
          picks[taken++] = slots[next]! - slot - 1;
          counts[next] = 1;
        }
      } else {
        const defs = pageDefs(page, leaf);
        const base = slot + 1;
        let value = 0;
        let at = 0;
        for (; next < slots.length && slots[next]! <= last; next++) {
          const target = slots[next]! - base;
          for (; at < target; at++) if (defs[at] === present) value++;
          if (defs[target] === present) {
            picks[taken++] = value;
            counts[next] = 1;
          }
        }
        if (taken > 0 && picks[taken - 1]! >= n - page.nulls)
          corrupt('has levels that contradict each other');
      }
      if (taken > 0 && first < next) store.take(page, pages.dictionary, picks, taken);
      slot = last;
      continue;
    }
    const reps = pageReps(page, leaf);
    const defs = pageDefs(page, leaf);
    const picks = pickScratch.get(n);
    let taken = 0;
    let value = 0;
    for (let i = 0; i < n; i++) {
      if (reps[i]! <= depth) {
        slot++;
        while (next < slots.length && slots[next]! < slot) next++;
      }
      if (defs[i] === present) {
        if (slots[next] === slot) {
          picks[taken++] = value;
          counts[next]!++;
        }
        value++;
      }
    }
    if (value !== n - page.nulls) corrupt('has levels that contradict each other');
    if (taken > 0) store.take(page, pages.dictionary, picks, taken);
  }
  if (!single && slot + 1 !== slotCount) corrupt(`column ${leaf.path} does not line up with its attributes`);
  return counts;
}

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

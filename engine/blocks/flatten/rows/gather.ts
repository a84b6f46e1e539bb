/** Picks the values that belong to found attributes out of a value column of their list. */
import { corrupt } from '../error.js';
import { IntScratch } from '../parquet/growable.js';
import { bitWidth } from '../parquet/hybrid.js';
import type { DataPage, Pages } from '../parquet/pages.js';
import { findLevel, RANK_WIDTH, rankPresent } from '../parquet/presence.js';
import type { Leaf } from '../parquet/schema-tree.js';
import type { Store } from './stores.js';
import { pageDefs, pageReps } from './structure.js';

const pickScratch = new IntScratch();
const extraScratch = new IntScratch();
const rankScratch = new IntScratch();

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
  const aligned = entries === slotCount;
  const width = bitWidth(leaf.maxRep);
  const cursor: Cursor = { slot: -1, next: 0 };
  for (const page of pages.data) {
    const entries = page.entries;
    const extras = extraScratch.get(entries);
    // Second and further values of an attribute.
    const extraCount = aligned
      ? 0
      : width <= RANK_WIDTH
        ? findLevel(page.rep, width, depth + 1, entries, extras)
        : findExtras(page, leaf, depth, extras);
    const picks = pickScratch.get(entries);
    let taken = 0;
    if (extraCount > 0 && extras[0] === 0)
      taken = gatherAnyPage(page, leaf, slots, depth, cursor, picks, counts);
    else {
      // Every slot of the page begins in it.
      const base = cursor.slot + 1;
      cursor.slot += entries - extraCount;
      const first = firstFrom(slots, cursor.next, base);
      const end = firstFrom(slots, first, cursor.slot + 1);
      cursor.next = end;
      if (first === end || page.nulls === entries) continue;
      if (extraCount > 0) {
        taken = pickWithExtras(page, leaf, slots, first, end, base, extras, extraCount, picks, counts);
      } else if (page.nulls === 0) taken = pickAll(slots, first, end, base, picks, counts);
      else taken = pickPresent(page, leaf, slots, first, end, base, picks, counts);
      if (taken > 0 && picks[taken - 1]! >= entries - page.nulls)
        corrupt('has levels that contradict each other');
    }
    if (taken > 0) store.take(page, pages.dictionary, picks, taken);
  }
  if (cursor.slot + 1 !== slotCount) corrupt(`column ${leaf.path} does not line up with its attributes`);
  return counts;
}

/** The place of the first of the ascending `slots`, from place `from` on, that is `slot` or more. */
function firstFrom(slots: Int32Array, from: number, slot: number): number {
  let low = from;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (slots[middle]! < slot) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pickAll(
  slots: Int32Array,
  from: number,
  to: number,
  base: number,
  picks: Int32Array,
  counts: Int32Array,
): number {
  for (let i = from; i < to; i++) picks[i - from] = slots[i]! - base;
  counts.fill(1, from, to);
  return to - from;
}

interface Cursor {
  /** The slot of the entry before. */
  slot: number;
  /** Place in the wanted slots. */
  next: number;
}

function findExtras(page: DataPage, leaf: Leaf, depth: number, out: Int32Array): number {
  const reps = pageReps(page, leaf);
  let found = 0;
  for (let i = 0; i < page.entries; i++) if (reps[i]! > depth) out[found++] = i;
  return found;
}

/** A page that continues the last slot of the page before, which only DATA_PAGE (v1) may do: entry by entry. */
function gatherAnyPage(
  page: DataPage,
  leaf: Leaf,
  slots: Int32Array,
  depth: number,
  cursor: Cursor,
  picks: Int32Array,
  counts: Int32Array,
): number {
  const reps = pageReps(page, leaf);
  const defs = pageDefs(page, leaf);
  let { slot, next } = cursor;
  let taken = 0;
  let value = 0;
  for (let i = 0; i < page.entries; i++) {
    if (reps[i]! <= depth) slot++;
    while (next < slots.length && slots[next]! < slot) next++;
    if (defs[i] !== leaf.maxDef) continue;
    if (slots[next] === slot) {
      picks[taken++] = value;
      counts[next]!++;
    }
    value++;
  }
  if (value !== page.entries - page.nulls) corrupt('has levels that contradict each other');
  cursor.slot = slot;
  // The next page may continue this slot.
  cursor.next = next;
  return taken;
}

/** For a page in which some attributes have further values, at the entries `extras`. */
function pickWithExtras(
  page: DataPage,
  leaf: Leaf,
  slots: Int32Array,
  from: number,
  to: number,
  base: number,
  extras: Int32Array,
  extraCount: number,
  picks: Int32Array,
  counts: Int32Array,
): number {
  const targets = new Int32Array(to - from);
  let before = 0; // extras that lie before the entry of a slot
  for (let i = from; i < to; i++) {
    const slot = slots[i]! - base;
    while (before < extraCount && extras[before]! <= slot + before) before++;
    targets[i - from] = slot + before;
  }
  const single = new Int32Array(to - from);
  const ranks = rankScratch.get(to - from);
  pickPresent(page, leaf, targets, 0, targets.length, 0, ranks, single);
  let taken = 0;
  let rank = 0;
  let extra = 0;
  for (let i = 0; i < targets.length; i++) {
    if (single[i] === 0) continue;
    const first = ranks[rank++]!;
    picks[taken++] = first;
    let values = 1;
    while (extra < extraCount && extras[extra]! <= targets[i]!) extra++;
    while (extra < extraCount && extras[extra] === targets[i]! + values) {
      picks[taken++] = first + values++;
      extra++;
    }
    counts[from + i] = values;
  }
  return taken;
}

function pickPresent(
  page: DataPage,
  leaf: Leaf,
  slots: Int32Array,
  from: number,
  to: number,
  base: number,
  picks: Int32Array,
  counts: Int32Array,
): number {
  const width = bitWidth(leaf.maxDef);
  const present = leaf.maxDef;
  if (width <= RANK_WIDTH) {
    return rankPresent(page.def, width, present, page.entries, slots, from, to, base, picks, counts);
  }
  const defs = pageDefs(page, leaf);
  let taken = 0;
  let value = 0;
  let position = 0;
  for (let next = from; next < to; next++) {
    const target = slots[next]! - base;
    for (; position < target; position++) if (defs[position] === present) value++;
    if (defs[target] === present) {
      picks[taken++] = value;
      counts[next] = 1;
    }
  }
  return taken;
}

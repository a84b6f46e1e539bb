/** The attributes of one scope in one row group. */

import { corrupt } from '../error.js';
import { hasOwnColumnAlone, type ListColumns, type ScopePlan } from '../layout.js';
import { type Pages, pageBody } from '../parquet/pages.js';
import { Encoding } from '../parquet/parquet-format.js';
import type { Leaf } from '../parquet/schema-tree.js';
import { gatherSlots } from '../rows/gather.js';
import { gatherRows } from '../rows/gather-rows.js';
import { type AnyStore, BoolStore, decodeBits, StringStore, WideStore } from '../rows/stores.js';
import { findKeys } from './attribute-keys.js';
import { cellsOfFound, cellsOfRows, NO_CELLS, type TypedCells, type ValueColumn } from './cells.js';
import { mergeTyped } from './cells-merge.js';

/** The columns of a row group, as far as they were read. */
export interface GroupColumns {
  /** `undefined` for a column that has no value at all in the row group. */
  pages(leaf: Leaf): Pages | undefined;
  /** Entries of the column that its pages have. */
  entries(leaf: Leaf): number;
}

/**
 * The values of the plan's keys, in the order of `plan.keys`; `owners` is the number of rows (spans, resources, …) of the
 * scope. Throws `CorruptError`, `UnknownShapeError`.
 */
export function readAttributes(plan: ScopePlan, group: GroupColumns, owners: number): readonly TypedCells[] {
  const direct = plan.keys.map((key) => {
    let cells = NO_CELLS;
    for (const column of plan.direct) {
      if (column.key !== key) continue;
      const pages = group.pages(column.leaf);
      if (!pages) continue;
      const store = column.kind === 's' ? new StringStore() : new WideStore('i');
      const values = gatherRows(pages, column.leaf, plan.depth, owners, store);
      cells = mergeTyped(cells, cellsOfRows(values, store), owners);
    }
    return cells;
  });
  if (!plan.list) return direct;
  const listed = readList(plan.list, plan.keys, group, owners);
  if (!listed) return direct;
  return plan.keys.map((key, i) =>
    hasOwnColumnAlone(plan.direct, key) ? direct[i]! : mergeTyped(direct[i]!, listed[i]!, owners),
  );
}

function readList(
  list: ListColumns,
  keys: readonly string[],
  group: GroupColumns,
  owners: number,
): readonly TypedCells[] | undefined {
  const keyPages = group.pages(list.key);
  if (!keyPages) return undefined;
  const found = findKeys(keyPages, list.key, keys, owners);
  if (found.count === 0) return undefined;
  const slotCount = group.entries(list.key);
  const columns: ValueColumn[] = [];
  for (const { kind, leaf } of list.values) {
    const pages = group.pages(leaf);
    const store = newStore(kind);
    const counts = pages
      ? gatherSlots(pages, leaf, found.slots, list.key.maxRep, slotCount, store)
      : new Int32Array(found.count);
    columns.push({ store, counts });
  }
  const arrayPages = list.isArray && group.pages(list.isArray);
  return cellsOfFound(found, keys.length, columns, arrayPages && requiredBits(arrayPages, found.ordinals));
}

function newStore(kind: 's' | 'i' | 'd' | 'b'): AnyStore {
  if (kind === 's') return new StringStore();
  return kind === 'b' ? new BoolStore() : new WideStore(kind);
}

/** The bits number `ordinals` (ascending) of a column that has one in every element of a list. */
function requiredBits(pages: Pages, ordinals: Int32Array): Uint8Array {
  const bits = new Uint8Array(ordinals.length);
  let first = 0;
  let next = 0;
  for (const page of pages.data) {
    const end = first + page.entries - page.nulls;
    if (next < ordinals.length && ordinals[next]! < end) {
      if (page.encoding === Encoding.PLAIN) {
        const body = pageBody(page);
        if (body.length * 8 < end - first) corrupt('booleans end early');
        next = packedBits(body, first, end, ordinals, next, bits);
      } else next = decodedBits(decodeBits(page), first, end, ordinals, next, bits);
    }
    first = end;
  }
  if (next < ordinals.length) corrupt('has fewer flags than attributes');
  return bits;
}

/** Those of a page, from place `from` of `ordinals` on: the page has the numbers `first` … `end`. Returns the place after them. */
function packedBits(
  body: Uint8Array,
  first: number,
  end: number,
  ordinals: Int32Array,
  from: number,
  bits: Uint8Array,
): number {
  let next = from;
  for (; next < ordinals.length && ordinals[next]! < end; next++) {
    const bit = ordinals[next]! - first;
    bits[next] = (body[bit >> 3]! >> (bit & 7)) & 1;
  }
  return next;
}

/** The same of bits that are bytes already. */
function decodedBits(
  all: Uint8Array,
  first: number,
  end: number,
  ordinals: Int32Array,
  from: number,
  bits: Uint8Array,
): number {
  let next = from;
  for (; next < ordinals.length && ordinals[next]! < end; next++) bits[next] = all[ordinals[next]! - first]!;
  return next;
}

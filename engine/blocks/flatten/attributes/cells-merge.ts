/** Takes cells out, and joins the cells of one attribute from two places. */
import type { AttributeType } from '../../../plan/schema.js';
import { Ints } from '../parquet/growable.js';
import { type AnyStore, BoolStore, StringStore, WideStore } from '../rows/stores.js';
import type { Cells, TypedCells } from './cells.js';
import { GatheredValues, valueIn } from './further-values.js';

/** One attribute from two places: where a row has a value in both, that of `first` comes before the other, whatever the types. */
export function mergeTyped(first: TypedCells, second: TypedCells, rowCount: number): TypedCells {
  const types = Object.keys(second.byType) as AttributeType[];
  if (types.length === 0) return first;
  if (Object.keys(first.byType).length === 0) return second;
  const taken = new Uint8Array(rowCount);
  for (const cells of Object.values(first.byType)) for (const row of cells.rows) taken[row] = 1;
  const merged = { ...first.byType };
  const further = new GatheredValues();
  further.addAll(first.further);
  for (const type of types) {
    const candidates = second.byType[type]!;
    const rest = keep(candidates, (i) => taken[candidates.rows[i]!] === 0);
    if (rest !== candidates) addTaken(candidates, taken, further);
    if (rest.rows.length === 0) continue;
    const before = merged[type];
    merged[type] = before ? mergeCells(before, rest) : rest;
  }
  further.addAll(second.further);
  return { byType: merged, further: further.values() };
}

function addTaken({ store, rows, at, lengths }: Cells, taken: Uint8Array, further: GatheredValues): void {
  for (const [n, row] of rows.entries())
    if (taken[row] === 1) further.add(row, valueIn(store, at[n]!, lengths?.[n]));
}

/** Rare, so simple: both stores are joined, then the rows are merged. */
function mergeCells(a: Cells, b: Cells): Cells {
  const { store, shift } = joinStores(a.store, b.store);
  const rows = new Int32Array(a.rows.length + b.rows.length);
  const places = new Int32Array(rows.length);
  const lengths = a.lengths && new Int32Array(rows.length);
  let i = 0;
  let j = 0;
  for (let to = 0; to < rows.length; to++) {
    const fromA = j >= b.rows.length || (i < a.rows.length && a.rows[i]! < b.rows[j]!);
    const from = fromA ? a : b;
    const index = fromA ? i++ : j++;
    rows[to] = from.rows[index]!;
    places[to] = from.at[index]! + (fromA ? 0 : shift);
    if (lengths) lengths[to] = from.lengths![index]!;
  }
  return { store, rows, at: places, lengths };
}

/** A store with the values of both; those of `b` moved up by `shift`. */
function joinStores(a: AnyStore, b: AnyStore): { readonly store: AnyStore; readonly shift: number } {
  const shift = a.length;
  if (a instanceof StringStore && b instanceof StringStore) {
    const store = new StringStore();
    for (const { texts } of a.pool.all()) store.pool.add(texts);
    for (const { texts } of b.pool.all()) store.pool.add(texts);
    const codes = store.codes.reserve(a.length + b.length);
    codes.set(a.codes.values());
    for (let i = 0; i < b.length; i++) codes[shift + i] = b.codes.array[i]! + a.pool.size;
    store.codes.length = a.length + b.length;
    return { store, shift };
  }
  if (a instanceof WideStore && b instanceof WideStore) {
    const store = new WideStore(a.kind);
    store.halves.reserve(a.halves.length + b.halves.length).set(a.halves.values());
    store.halves.array.set(b.halves.values(), a.halves.length);
    store.halves.length = a.halves.length + b.halves.length;
    return { store, shift };
  }
  if (a instanceof BoolStore && b instanceof BoolStore) {
    const store = new BoolStore();
    store.bits.reserve(a.length + b.length).set(a.bits.values());
    store.bits.array.set(b.bits.values(), a.length);
    store.bits.length = a.length + b.length;
    return { store, shift };
  }
  throw new TypeError('cells of different types cannot be merged');
}

function keep(cells: Cells, wanted: (i: number) => boolean): Cells {
  const kept = new Ints(cells.rows.length);
  for (let i = 0; i < cells.rows.length; i++) if (wanted(i)) kept.push(i);
  if (kept.length === cells.rows.length) return cells;
  const pick = (from: Int32Array): Int32Array => kept.values().map((i) => from[i]!);
  return {
    store: cells.store,
    rows: pick(cells.rows),
    at: pick(cells.at),
    lengths: cells.lengths && pick(cells.lengths),
  };
}

/** The values of one attribute and type, sparse: what becomes one column of a flat file. */
import type { AttributeType } from '../../spans/schema.js';
import type { FoundKeys } from './attribute-keys.js';
import type { RowValues } from './gather.js';
import { Ints } from './growable.js';
import { type AnyStore, BoolStore, StringStore, WideStore } from './stores.js';

/** `rows` ascends. Row `rows[i]` has the value number `at[i]` of `store`, or the list of `lengths[i]` values from there. */
export interface Cells {
  readonly store: AnyStore;
  readonly rows: Int32Array;
  readonly at: Int32Array;
  /** Only for lists. */
  readonly lengths: Int32Array | undefined;
}

/** One attribute: its cells by type. A row has a value of at most one type. */
export type TypedCells = Partial<Record<AttributeType, Cells>>;

interface Building {
  readonly rows: Ints;
  readonly at: Ints;
  readonly lengths: Ints | undefined;
}

/** A value column of a list of attributes: its values of the found attributes, and how many each has. */
export interface ValueColumn {
  readonly store: AnyStore;
  readonly counts: Int32Array;
}

/**
 * Deals found attributes out to keys and types. Of several attributes of one key in one row the first counts. `isArray` has
 * a 1 for each found attribute that is an array; an array with no value at all is an empty list of texts.
 */
export function cellsOfFound(
  found: FoundKeys,
  keyCount: number,
  columns: readonly ValueColumn[],
  isArray: Uint8Array | undefined,
): TypedCells[] {
  const cursors = new Int32Array(columns.length);
  const lastRow = new Int32Array(keyCount).fill(-1);
  // By key and column: scalars at 2k, lists at 2k + 1.
  const building: (Building | undefined)[] = new Array(keyCount * columns.length * 2);
  let texts = columns.findIndex((column) => column.store.kind === 's');
  if (texts < 0) texts = 0;
  const { rows, keys, count } = found;
  for (let i = 0; i < count; i++) {
    const key = keys[i]!;
    const row = rows[i]!;
    const first = lastRow[key] !== row;
    lastRow[key] = row;
    const array = isArray !== undefined && isArray[i] === 1;
    let done = !first;
    for (let c = 0; c < columns.length; c++) {
      const values = columns[c]!.counts[i]!;
      if (values === 0) continue;
      const at = cursors[c]!;
      cursors[c] = at + values;
      if (done) continue;
      done = true;
      append(building, (key * columns.length + c) * 2, row, at, values, array || values > 1);
    }
    if (!done && array) append(building, (key * columns.length + texts) * 2, row, 0, 0, true);
  }
  return Array.from({ length: keyCount }, (_, key) => {
    const cells: TypedCells = {};
    for (let c = 0; c < columns.length; c++) {
      const store = columns[c]!.store;
      put(cells, store, building[(key * columns.length + c) * 2]);
      put(cells, store, building[(key * columns.length + c) * 2 + 1]);
    }
    return cells;
  });
}

function append(
  building: (Building | undefined)[],
  slot: number,
  row: number,
  at: number,
  values: number,
  list: boolean,
): void {
  const index = list ? slot + 1 : slot;
  let into = building[index];
  if (!into) {
    into = { rows: new Ints(1 << 12), at: new Ints(1 << 12), lengths: list ? new Ints() : undefined };
    building[index] = into;
  }
  into.rows.push(row);
  into.at.push(at);
  into.lengths?.push(values);
}

function put(cells: TypedCells, store: AnyStore, built: Building | undefined): void {
  if (!built || built.rows.length === 0) return;
  const type: AttributeType = built.lengths ? (`l${store.kind}` as AttributeType) : store.kind;
  cells[type] = { store, rows: built.rows.values(), at: built.at.values(), lengths: built.lengths?.values() };
}

/**
 * The cells of a column that has its values directly in the row. One value is a scalar, several are a list: Tempo itself
 * keeps no difference between a text and a list of one text in a dedicated column (`dedicatedColStrToAnyValue` of
 * vparquet5/dedicated_columns.go).
 */
export function cellsOfRows(
  values: RowValues,
  store: AnyStore,
  without?: (at: number) => boolean,
): TypedCells {
  const building: (Building | undefined)[] = [undefined, undefined];
  let at = 0;
  for (let i = 0; i < values.rows.length; i++) {
    const count = values.counts[i]!;
    if (!without || count > 1 || !without(at)) {
      append(building, 0, values.rows[i]!, at, count, count > 1);
    }
    at += count;
  }
  const cells: TypedCells = {};
  put(cells, store, building[0]);
  put(cells, store, building[1]);
  return cells;
}

/** Spreads the cells of a resource (scope) over its spans: `ownerOf` has the resource of each span, ascending. */
export function expand(cells: Cells, owners: number, ownerOf: Int32Array): Cells {
  const cellOf = new Int32Array(owners).fill(-1);
  for (let i = 0; i < cells.rows.length; i++) cellOf[cells.rows[i]!] = i;
  const rows = new Int32Array(ownerOf.length);
  const at = new Int32Array(ownerOf.length);
  const lengths = cells.lengths && new Int32Array(ownerOf.length);
  let to = 0;
  for (let row = 0; row < ownerOf.length; row++) {
    const cell = cellOf[ownerOf[row]!]!;
    if (cell < 0) continue;
    rows[to] = row;
    at[to] = cells.at[cell]!;
    if (lengths) lengths[to] = cells.lengths![cell]!;
    to++;
  }
  return {
    store: cells.store,
    rows: rows.subarray(0, to),
    at: at.subarray(0, to),
    lengths: lengths?.subarray(0, to),
  };
}

/** One attribute from two places: where a row has a value in both, `first` counts, whatever the types. */
export function mergeTyped(first: TypedCells, second: TypedCells, rowCount: number): TypedCells {
  const types = Object.keys(second) as AttributeType[];
  if (types.length === 0) return first;
  if (Object.keys(first).length === 0) return second;
  const taken = new Uint8Array(rowCount);
  for (const cells of Object.values(first)) for (const row of cells.rows) taken[row] = 1;
  const merged: TypedCells = { ...first };
  for (const type of types) {
    const rest = without(second[type]!, taken);
    if (rest.rows.length === 0) continue;
    const before = merged[type];
    merged[type] = before ? mergeCells(before, rest) : rest;
  }
  return merged;
}

function without(cells: Cells, taken: Uint8Array): Cells {
  const kept = new Ints();
  for (let i = 0; i < cells.rows.length; i++) if (taken[cells.rows[i]!] === 0) kept.push(i);
  if (kept.length === cells.rows.length) return cells;
  const pick = (from: Int32Array): Int32Array => kept.values().map((i) => from[i]!);
  return {
    store: cells.store,
    rows: pick(cells.rows),
    at: pick(cells.at),
    lengths: cells.lengths && pick(cells.lengths),
  };
}

/** Rare, so simple: both stores are joined, then the rows are merged. */
function mergeCells(a: Cells, b: Cells): Cells {
  const { store, shift } = joinStores(a.store, b.store);
  const rows = new Int32Array(a.rows.length + b.rows.length);
  const at = new Int32Array(rows.length);
  const lengths = a.lengths && new Int32Array(rows.length);
  let i = 0;
  let j = 0;
  for (let to = 0; to < rows.length; to++) {
    const fromA = j >= b.rows.length || (i < a.rows.length && a.rows[i]! < b.rows[j]!);
    const from = fromA ? a : b;
    const index = fromA ? i++ : j++;
    rows[to] = from.rows[index]!;
    at[to] = from.at[index]! + (fromA ? 0 : shift);
    if (lengths) lengths[to] = from.lengths![index]!;
  }
  return { store, rows, at, lengths };
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

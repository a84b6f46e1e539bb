/** The values of one attribute and type, sparse: what becomes one column of a flat file. */
import type { AttributeType } from '../../../plan/schema.js';
import { ascending, Ints } from '../parquet/growable.js';
import type { RowValues } from '../rows/gather-rows.js';
import type { AnyStore } from '../rows/stores.js';
import type { FoundKeys } from './attribute-keys.js';
import { type FurtherValues, GatheredValues, valueIn } from './further-values.js';

/** `rows` ascends. Row `rows[i]` has the value number `at[i]` of `store`, or the list of `lengths[i]` values from there. */
export interface Cells {
  readonly store: AnyStore;
  readonly rows: Int32Array;
  readonly at: Int32Array;
  /** Only for lists. */
  readonly lengths: Int32Array | undefined;
}

/** One attribute: its cells by type, of which a row has at most one, and where the key is there several times, the rest. */
export interface TypedCells {
  readonly byType: Partial<Record<AttributeType, Cells>>;
  readonly further?: FurtherValues | undefined;
}

export const NO_CELLS: TypedCells = { byType: {} };

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
 * Deals found attributes out to keys and types. `isArray` has a 1 for each found attribute that is an array; an array with no value
 * at all is an empty list of texts.
 */
export function cellsOfFound(
  found: FoundKeys,
  keyCount: number,
  columns: readonly ValueColumn[],
  isArray: Uint8Array | undefined,
): TypedCells[] {
  const lastRow = new Int32Array(keyCount).fill(-1);
  // By key and column: scalars at 2k, lists at 2k + 1.
  const building: (Building | undefined)[] = new Array(keyCount * columns.length * 2);
  const texts = Math.max(
    0,
    columns.findIndex((column) => column.store.kind === 's'),
  );
  const further = deal(found, columns, isArray, texts, lastRow, building);
  return Array.from({ length: keyCount }, (_, key) => {
    const cells: TypedCells['byType'] = {};
    for (let c = 0; c < columns.length; c++) {
      const store = columns[c]!.store;
      put(cells, store, building[(key * columns.length + c) * 2]);
      put(cells, store, building[(key * columns.length + c) * 2 + 1]);
    }
    return { byType: cells, further: further.get(key)?.values() };
  });
}

/**
 * Appends each found attribute to the cells of its key and column; an array without values to the column of texts. Returns by key what
 * rows have in addition to their first value.
 */
function deal(
  { rows, keys, count }: FoundKeys,
  columns: readonly ValueColumn[],
  isArray: Uint8Array | undefined,
  texts: number,
  lastRow: Int32Array,
  building: (Building | undefined)[],
): ReadonlyMap<number, GatheredValues> {
  const further = new Map<number, GatheredValues>();
  const perKey = countEach(keys, count, lastRow.length);
  const { columnOf, atOf } = firstColumns(columns, count);
  for (let i = 0; i < count; i++) {
    const key = keys[i]!;
    const row = rows[i]!;
    const array = isArray !== undefined && isArray[i] === 1;
    const column = columnOf[i]! - 1;
    if (column < 0 && !array) continue;
    const values = column < 0 ? 0 : columns[column]!.counts[i]!;
    const list = array || values > 1;
    if (lastRow[key] === row) {
      const gathered = further.get(key) ?? new GatheredValues();
      further.set(key, gathered);
      gathered.add(
        row,
        column < 0 ? [] : valueIn(columns[column]!.store, atOf[i]!, list ? values : undefined),
      );
      continue;
    }
    lastRow[key] = row;
    if (column < 0) append(building, (key * columns.length + texts) * 2, row, 0, 0, true, 64);
    else append(building, (key * columns.length + column) * 2, row, atOf[i]!, values, list, perKey[key]!);
  }
  return further;
}

function countEach(keys: Int32Array, count: number, keyCount: number): Int32Array {
  const perKey = new Int32Array(keyCount);
  for (let i = 0; i < count; i++) perKey[keys[i]!]!++;
  return perKey;
}

/** Of each found attribute the first column with a value of it, plus one (0 for none), and where the value is in its store. */
function firstColumns(
  columns: readonly ValueColumn[],
  count: number,
): { readonly columnOf: Uint8Array; readonly atOf: Int32Array } {
  const columnOf = new Uint8Array(count);
  const atOf = new Int32Array(count);
  columns.forEach(({ store, counts }, column) => {
    if (store.length > 0) markFirst(counts, column + 1, columnOf, atOf);
  });
  return { columnOf, atOf };
}

function markFirst(counts: Int32Array, mark: number, columnOf: Uint8Array, atOf: Int32Array): void {
  let position = 0;
  for (let i = 0; i < counts.length; i++) {
    const values = counts[i]!;
    if (values === 0) continue;
    if (columnOf[i] === 0) {
      columnOf[i] = mark;
      atOf[i] = position;
    }
    position += values;
  }
}

function append(
  building: (Building | undefined)[],
  slot: number,
  row: number,
  position: number,
  values: number,
  list: boolean,
  capacity: number,
): void {
  const index = list ? slot + 1 : slot;
  let into = building[index];
  if (!into) {
    into = { rows: new Ints(capacity), at: new Ints(capacity), lengths: list ? new Ints() : undefined };
    building[index] = into;
  }
  into.rows.push(row);
  into.at.push(position);
  into.lengths?.push(values);
}

function put(cells: TypedCells['byType'], store: AnyStore, built: Building | undefined): void {
  if (!built || built.rows.length === 0) return;
  const type: AttributeType = built.lengths ? (`l${store.kind}` as AttributeType) : store.kind;
  cells[type] = { store, rows: built.rows.values(), at: built.at.values(), lengths: built.lengths?.values() };
}

/**
 * The cells of a column that has its values directly in the row. One value is a scalar, several are a list: Tempo itself
 * keeps no difference between a text and a list of one text in a dedicated column (`dedicatedColStrToAnyValue` of
 * vparquet5/dedicated_columns.go).
 */
export function cellsOfRows(values: RowValues, store: AnyStore): TypedCells {
  const { rows, counts } = values;
  const most = greatest(counts);
  if (most === 0) return NO_CELLS;
  if (most === 1)
    return { byType: { [store.kind]: { store, rows, at: ascending(rows.length), lengths: undefined } } };
  const building: (Building | undefined)[] = [undefined, undefined];
  dealRows(values, building);
  const cells: TypedCells['byType'] = {};
  put(cells, store, building[0]);
  put(cells, store, building[1]);
  return { byType: cells };
}

function greatest(counts: Int32Array): number {
  let most = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]! > most) most = counts[i]!;
  return most;
}

function dealRows({ rows, counts }: RowValues, building: (Building | undefined)[]): void {
  let position = 0;
  for (let i = 0; i < rows.length; i++) {
    const count = counts[i]!;
    append(building, 0, rows[i]!, position, count, count > 1, rows.length);
    position += count;
  }
}

/** Spreads the cells of a resource (scope) over its spans: `ownerOf` has the resource of each span, ascending. */
export function expand(cells: Cells, owners: number, ownerOf: Int32Array): Cells {
  const cellOf = placesOf(cells.rows, owners);
  const rows = new Int32Array(ownerOf.length);
  const places = new Int32Array(ownerOf.length);
  const lengths = cells.lengths && new Int32Array(ownerOf.length);
  let to = 0;
  for (let row = 0; row < ownerOf.length; row++) {
    const cell = cellOf[ownerOf[row]!]!;
    if (cell < 0) continue;
    rows[to] = row;
    places[to] = cells.at[cell]!;
    if (lengths) lengths[to] = cells.lengths![cell]!;
    to++;
  }
  return {
    store: cells.store,
    rows: rows.subarray(0, to),
    at: places.subarray(0, to),
    lengths: lengths?.subarray(0, to),
  };
}

/** Where each owner is in `rows`, or -1. */
function placesOf(rows: Int32Array, owners: number): Int32Array {
  const places = new Int32Array(owners).fill(-1);
  for (let i = 0; i < rows.length; i++) places[rows[i]!] = i;
  return places;
}

import type { AttributeType } from '../../plan/schema.js';
import { ATTRIBUTE_COLUMNS, type Column } from '../../sql/dialects/duckdb/fill/columns.js';
import type { TextPool } from '../../sql/dialects/duckdb/fill/text-pool.js';
import { KEY_VALUE, type WireReader } from '../otlp/fields.js';
import { readValue, type TypedValue } from './value.js';

/** The attributes that a run needs of one kind of holder, found by key without making a text of every key. */
export class NeededKeys {
  private readonly byLength = new Map<number, { readonly bytes: Uint8Array; readonly index: number }[]>();

  constructor(readonly keys: readonly string[]) {
    for (const [index, key] of keys.entries()) {
      const bytes = Buffer.from(key);
      const same = this.byLength.get(bytes.length);
      if (same === undefined) this.byLength.set(bytes.length, [{ bytes, index }]);
      else same.push({ bytes, index });
    }
  }

  /** The index of the key that stands in `buffer`, or -1. */
  find(buffer: Uint8Array, from: number, to: number): number {
    const candidates = this.byLength.get(to - from);
    if (candidates === undefined) return -1;
    next: for (const { bytes, index } of candidates) {
      for (let n = bytes.length - 1; n >= 0; n--) if (bytes[n] !== buffer[from + n]) continue next;
      return index;
    }
    return -1;
  }
}

/** Reads a `KeyValue` and hands a needed one to `found`, with its index in `needed.keys`. */
export function readKeyValue(
  reader: WireReader,
  needed: NeededKeys,
  pool: TextPool,
  found: (index: number, value: TypedValue) => void,
): void {
  const end = reader.uint32() + reader.pos;
  let index = -1;
  let valueFrom = -1;
  let valueTo = -1;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === KEY_VALUE.key) {
      const to = reader.uint32() + reader.pos;
      index = needed.find(reader.buf, reader.pos, to);
      reader.pos = to;
    } else if (tag === KEY_VALUE.value) {
      valueTo = reader.uint32() + reader.pos;
      valueFrom = reader.pos;
      reader.pos = valueTo;
    } else reader.skipType(tag & 7);
  }
  if (index < 0 || valueFrom < 0) return;
  reader.pos = valueFrom;
  const value = readValue(reader, valueTo, pool);
  reader.pos = end;
  if (value !== undefined) found(index, value);
}

type AttributeColumnsByType = {
  [Type in AttributeType]: ReturnType<(typeof ATTRIBUTE_COLUMNS)[Type]>;
};

/** The values of one attribute, row by row, in a column for each type that occurs. */
export class AttributeValues {
  private readonly byType: Partial<AttributeColumnsByType> = {};
  private lastRow = -1;

  constructor(private readonly pool: TextPool) {}

  /** The columns of the types that occur. */
  get columns(): readonly (readonly [AttributeType, Column])[] {
    return Object.entries(this.byType) as [AttributeType, Column][];
  }

  get texts(): AttributeColumnsByType['s'] | undefined {
    return this.byType.s;
  }

  /** Rows must not descend. The first value that a row is given stays: of two attributes with one key the first counts. */
  set(row: number, { type, value }: TypedValue): void {
    if (row === this.lastRow) return;
    this.lastRow = row;
    const { byType, pool } = this;
    switch (type) {
      case 's':
        byType.s ??= ATTRIBUTE_COLUMNS.s(pool);
        byType.s.set(row, value);
        break;
      case 'i':
        byType.i ??= ATTRIBUTE_COLUMNS.i();
        byType.i.set(row, value);
        break;
      case 'd':
        byType.d ??= ATTRIBUTE_COLUMNS.d();
        byType.d.set(row, value);
        break;
      case 'b':
        byType.b ??= ATTRIBUTE_COLUMNS.b();
        byType.b.set(row, value);
        break;
      default:
        byType[type] ??= ATTRIBUTE_COLUMNS[type]();
        byType[type].set(row, value);
    }
  }
}

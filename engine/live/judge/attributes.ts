import type { AttributeValue } from '../../otlp/model.js';
import { furtherText } from '../../plan/further-values.js';
import type { AttributeColumn, AttributeType } from '../../plan/schema.js';
import { ATTRIBUTE_COLUMNS, type Column, ValueColumn } from '../../sql/store/columns.js';
import type { TextPool } from '../../sql/store/text-pool.js';
import { KEY_VALUE, type WireReader } from '../otlp/fields.js';
import { plainValue, readValue, type TypedValue } from './value.js';

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

  /** The index of the key that is in `buffer`, or -1. */
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

/** The values of one attribute, row by row, in a column for each type that occurs, and one for what keys have that are there twice. */
export class AttributeValues {
  private readonly byType: Partial<AttributeColumnsByType> = {};
  /** By row; few, if any. */
  private readonly further = new Map<number, AttributeValue[]>();
  private lastRow = -1;

  constructor(private readonly pool: TextPool) {}

  /** The columns that occur. */
  get columns(): readonly (readonly [AttributeColumn, Column])[] {
    const columns = Object.entries(this.byType) as [AttributeColumn, Column][];
    if (this.further.size === 0) return columns;
    const further = new ValueColumn('text');
    for (const [row, values] of this.further) further.set(row, furtherText(values));
    return [...columns, ['further', further]];
  }

  get texts(): AttributeColumnsByType['s'] | undefined {
    return this.byType.s;
  }

  /** Rows must not descend. A row that is given several values has a key that is there several times. */
  set(row: number, typed: TypedValue): void {
    if (row === this.lastRow) {
      this.addFurther(row, typed);
      return;
    }
    this.lastRow = row;
    const { type, value } = typed;
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

  private addFurther(row: number, value: TypedValue): void {
    const values = this.further.get(row) ?? [];
    this.further.set(row, values);
    values.push(plainValue(value, this.pool));
  }
}

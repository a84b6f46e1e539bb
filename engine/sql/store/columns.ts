import type { AttributeType, LogicalType } from '../../plan/schema.js';
import type { Cell } from './cell.js';
import type { TextPool } from './text-pool.js';

/** The values of one column of a table that is about to be made. A row that was not set has none. */
export interface Column {
  readonly type: LogicalType;
  /** Those of the rows `from` (a multiple of 8) to `from + count`. */
  part(from: number, count: number): ColumnPart;
}

export type ColumnPart =
  /** Of a fixed width; `present` has a bit for each row that has one, the lowest first. */
  | { readonly kind: 'words'; readonly words: Words; readonly present: Uint8Array }
  /** Numbers of texts in the pool plus one; 0 is none. */
  | { readonly kind: 'texts'; readonly texts: Uint32Array; readonly pool: TextPool }
  /** `width` bytes for each row, of which the first `lengths` are there. */
  | {
      readonly kind: 'bytes';
      readonly bytes: Uint8Array;
      readonly width: 8 | 16;
      readonly lengths: Uint8Array;
    }
  | { readonly kind: 'cells'; readonly cells: readonly Cell[] };

export type Words = BigInt64Array | Float64Array | Int32Array | Uint8Array;

const ROOM = 1024;

/** Columns whose values have a fixed width. */
abstract class WordColumn<Values extends Words> implements Column {
  /** A bit for each row that is set, the lowest first. */
  private present: Uint8Array = new Uint8Array(ROOM / 8);

  protected values: Values;

  constructor(
    readonly type: LogicalType,
    private readonly make: (rows: number) => Values,
  ) {
    this.values = make(ROOM);
  }

  part(from: number, count: number): ColumnPart {
    this.reserve(from + count);
    return {
      kind: 'words',
      words: this.values.subarray(from, from + count),
      present: this.present.subarray(from / 8),
    };
  }

  protected mark(row: number): void {
    if (row >= this.values.length) this.reserve(row + 1);
    this.present[row >>> 3]! |= 1 << (row & 7);
  }

  private reserve(rows: number): void {
    if (rows <= this.values.length) return;
    const capacity = Math.max(rows, this.values.length * 2);
    const values = this.make(capacity);
    new Uint8Array(values.buffer).set(new Uint8Array(this.values.buffer));
    this.values = values;
    this.present = enlarged(this.present, Math.ceil(capacity / 8));
  }
}

export class IntColumn extends WordColumn<BigInt64Array> {
  constructor() {
    super('int64', (rows) => new BigInt64Array(rows));
  }

  set(row: number, value: bigint): void {
    this.mark(row);
    this.values[row] = value;
  }
}

export class SmallIntColumn extends WordColumn<Int32Array> {
  constructor() {
    super('int32', (rows) => new Int32Array(rows));
  }

  set(row: number, value: number): void {
    this.mark(row);
    this.values[row] = value;
  }
}

export class DoubleColumn extends WordColumn<Float64Array> {
  constructor() {
    super('double', (rows) => new Float64Array(rows));
  }

  set(row: number, value: number): void {
    this.mark(row);
    this.values[row] = value;
  }
}

export class BoolColumn extends WordColumn<Uint8Array> {
  constructor() {
    super('bool', (rows) => new Uint8Array(rows));
  }

  set(row: number, value: boolean): void {
    this.mark(row);
    this.values[row] = value ? 1 : 0;
  }
}

/** Texts, by their numbers in a pool. */
export class TextColumn implements Column {
  readonly type = 'text';
  /** One more than the number, so that 0 is a row without a text. */
  private texts = new Uint32Array(ROOM);

  constructor(private readonly pool: TextPool) {}

  set(row: number, text: number): void {
    if (row >= this.texts.length) this.reserve(row + 1);
    this.texts[row] = text + 1;
  }

  /** Undefined where there is none. */
  textAt(row: number): number | undefined {
    const text = this.texts[row] ?? 0;
    return text === 0 ? undefined : text - 1;
  }

  part(from: number, count: number): ColumnPart {
    this.reserve(from + count);
    return { kind: 'texts', texts: this.texts.subarray(from, from + count), pool: this.pool };
  }

  private reserve(rows: number): void {
    if (rows <= this.texts.length) return;
    const texts = new Uint32Array(Math.max(rows, this.texts.length * 2));
    texts.set(this.texts);
    this.texts = texts;
  }
}

/** Ids of `width` bytes. A row that was not set has no bytes, as the parent of a root. */
export class IdColumn implements Column {
  readonly type = 'bytes';
  private ids: Uint8Array;
  private lengths: Uint8Array = new Uint8Array(ROOM);

  constructor(private readonly width: 8 | 16) {
    this.ids = new Uint8Array(ROOM * width);
  }

  /** The id in `bytes` at `offset`. */
  set(row: number, bytes: Uint8Array, offset: number): void {
    const { width } = this;
    if (row >= this.lengths.length) this.reserve(row + 1);
    for (let n = 0; n < width; n++) this.ids[row * width + n] = bytes[offset + n]!;
    this.lengths[row] = width;
  }

  part(from: number, count: number): ColumnPart {
    const { width } = this;
    this.reserve(from + count);
    return {
      kind: 'bytes',
      bytes: this.ids.subarray(from * width, (from + count) * width),
      width,
      lengths: this.lengths.subarray(from, from + count),
    };
  }

  private reserve(rows: number): void {
    if (rows <= this.lengths.length) return;
    const capacity = Math.max(rows, this.lengths.length * 2);
    this.lengths = enlarged(this.lengths, capacity);
    this.ids = enlarged(this.ids, capacity * this.width);
  }
}

/** Values of any type, which should be few. */
export class ValueColumn implements Column {
  private readonly values: Cell[] = [];

  constructor(readonly type: LogicalType) {}

  set(row: number, value: Cell): void {
    this.values[row] = value;
  }

  part(from: number, count: number): ColumnPart {
    return {
      kind: 'cells',
      cells: Array.from({ length: count }, (_, row) => this.values[from + row] ?? null),
    };
  }
}

/** A column for the values of an attribute of each type. */
export const ATTRIBUTE_COLUMNS = {
  s: (pool: TextPool) => new TextColumn(pool),
  i: () => new IntColumn(),
  d: () => new DoubleColumn(),
  b: () => new BoolColumn(),
  ls: () => new ValueColumn('text[]'),
  li: () => new ValueColumn('int64[]'),
  ld: () => new ValueColumn('double[]'),
  lb: () => new ValueColumn('bool[]'),
} satisfies Record<AttributeType, (pool: TextPool) => Column>;

function enlarged(bytes: Uint8Array, capacity: number): Uint8Array {
  const larger = new Uint8Array(capacity);
  larger.set(bytes);
  return larger;
}

/** Writes Thrift's compact protocol (see `thrift-reader.ts`), for the footers and page headers of flat files. */
export class ThriftWriter {
  private bytes = new Uint8Array(256);
  private length = 0;
  private field = 0;
  private readonly outer: number[] = [];

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** I32 and I64 differ only in the type that the head names. */
  i32(id: number, value: number): void {
    this.head(id, 5);
    this.integer(value);
  }

  i64(id: number, value: number): void {
    this.head(id, 6);
    this.integer(value);
  }

  bool(id: number, value: boolean): void {
    this.head(id, value ? 1 : 2);
  }

  binary(id: number, value: Uint8Array | string): void {
    this.head(id, 8);
    this.rawBinary(value);
  }

  struct(id: number, body: () => void): void {
    this.head(id, 12);
    this.rawStruct(body);
  }

  /** A struct without a field head: the whole message, or an element of a list. */
  rawStruct(body: () => void): void {
    this.outer.push(this.field);
    this.field = 0;
    body();
    this.byte(0);
    this.field = this.outer.pop() ?? 0;
  }

  structs<T>(id: number, items: readonly T[], body: (item: T) => void): void {
    this.list(id, 12, items.length);
    for (const item of items) this.rawStruct(() => body(item));
  }

  i32s(id: number, items: readonly number[]): void {
    this.list(id, 5, items.length);
    for (const item of items) this.integer(item);
  }

  strings(id: number, items: readonly string[]): void {
    this.list(id, 8, items.length);
    for (const item of items) this.rawBinary(item);
  }

  private list(id: number, type: number, length: number): void {
    this.head(id, 9);
    if (length < 15) this.byte((length << 4) | type);
    else {
      this.byte(0xf0 | type);
      this.varint(length);
    }
  }

  private rawBinary(value: Uint8Array | string): void {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    this.varint(bytes.length);
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  private head(id: number, type: number): void {
    const delta = id - this.field;
    if (delta > 0 && delta < 16) this.byte((delta << 4) | type);
    else {
      this.byte(type);
      this.integer(id);
    }
    this.field = id;
  }

  /** Zigzag, without 32-bit arithmetic: offsets may pass 2^31. */
  private integer(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  private varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

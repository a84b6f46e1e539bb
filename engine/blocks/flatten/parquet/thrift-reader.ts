import { corrupt } from '../error.js';

/** Types of the compact protocol (thrift-compact-protocol.md of apache/thrift). */
const BOOL_TRUE = 1;
const BOOL_FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const MAP = 11;
const STRUCT = 12;

const MAX_DEPTH = 32;

/**
 * Reads Thrift's compact protocol, in which parquet writes its footer and page headers, field by field:
 *
 *     for (let id = reader.begin(); id !== 0; id = reader.next()) { … read or skip … }
 *
 * Every length is checked against the buffer; a breach is a `CorruptError`.
 */
export class ThriftReader {
  /** The type of the field that `next` stopped at. */
  type = 0;
  private field = 0;
  private readonly outer: number[] = [];

  constructor(
    readonly bytes: Uint8Array,
    public at: number,
    private readonly end: number = bytes.length,
  ) {}

  /** Enters a struct and returns its first field's id, 0 when it has none. */
  begin(): number {
    if (this.outer.length >= MAX_DEPTH) corrupt('a header is nested too deep');
    this.outer.push(this.field);
    this.field = 0;
    return this.next();
  }

  /** The id of the next field, 0 at the struct's end. */
  next(): number {
    const head = this.byte();
    this.type = head & 15;
    if (this.type === 0) {
      this.field = this.outer.pop() ?? 0;
      return 0;
    }
    const delta = head >> 4;
    this.field = delta === 0 ? this.integer() : this.field + delta;
    if (this.field <= 0) corrupt('a header has a field without number');
    return this.field;
  }

  byte(): number {
    if (this.at >= this.end) corrupt('a header ends early');
    return this.bytes[this.at++]!;
  }

  /** A varint below 2^53. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    return corrupt('a number in a header is too long');
  }

  /** An I16, I32 or I64 (zigzag); exact below 2^53. */
  integer(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A count or an offset: an integer that is not negative and exact. */
  count(): number {
    const value = this.integer();
    if (value < 0 || value > Number.MAX_SAFE_INTEGER) corrupt('a count in a header is out of range');
    return value;
  }

  /** A boolean field's value is its type. */
  boolean(): boolean {
    return this.type === BOOL_TRUE;
  }

  binary(): Uint8Array {
    const length = this.varint();
    if (length > this.end - this.at) corrupt('a text in a header is longer than the header');
    const bytes = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return bytes;
  }

  string(): string {
    const bytes = this.binary();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  }

  /** Enters a list: its length; `type` is its elements' type. */
  list(): number {
    const head = this.byte();
    this.type = head & 15;
    const length = head >> 4 === 15 ? this.varint() : head >> 4;
    if (length > this.end - this.at) corrupt('a list in a header is longer than the header');
    return length;
  }

  /** Passes over the value of the current field (or list element, of type `type`). */
  skip(type: number = this.type, inList = false): void {
    switch (type) {
      case BOOL_TRUE:
      case BOOL_FALSE:
        if (inList) this.byte();
        return;
      case BYTE:
        this.byte();
        return;
      case I16:
      case I32:
      case I64:
        this.varint();
        return;
      case DOUBLE:
        if (this.end - this.at < 8) corrupt('a header ends early');
        this.at += 8;
        return;
      case BINARY:
        this.binary();
        return;
      case LIST:
      case SET: {
        if (this.outer.length >= MAX_DEPTH) corrupt('a header is nested too deep');
        this.outer.push(this.field);
        const length = this.list();
        const element = this.type;
        for (let i = 0; i < length; i++) this.skip(element, true);
        this.field = this.outer.pop() ?? 0;
        return;
      }
      case MAP:
        corrupt('a header holds a map');
        break;
      case STRUCT:
        for (let id = this.begin(); id !== 0; id = this.next()) this.skip();
        return;
      default:
        corrupt(`a header holds a value of unknown type ${type}`);
    }
  }
}

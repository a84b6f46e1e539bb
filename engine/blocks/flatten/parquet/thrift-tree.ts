/** Thrift's compact protocol as a tree that can be changed and written again: of footers that are made of others. */
import { CorruptError, corrupt } from '../error.js';
export type ThriftValue =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly type: 3 | 4 | 5 | 6; readonly value: number }
  | { readonly kind: 'bytes'; readonly type: 7 | 8; readonly value: Uint8Array }
  | {
      readonly kind: 'list';
      readonly type: 9 | 10;
      readonly items: readonly ThriftValue[];
      readonly element: number;
    }
  | { readonly kind: 'struct'; readonly fields: ThriftFields };

/** By the number of the field, in their order. */
export type ThriftFields = ReadonlyMap<number, ThriftValue>;

export function readThrift(bytes: Uint8Array): ThriftFields {
  let place = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[place++] ?? corrupt('has a footer that is cut off');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const integer = (): number => {
    const coded = varint();
    return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
  };
  const fields = (): ThriftFields => {
    const found = new Map<number, ThriftValue>();
    for (let id = 0; ; ) {
      const head = bytes[place++] ?? corrupt('has a footer that is cut off');
      if (head === 0) return found;
      id = head >> 4 === 0 ? integer() : id + (head >> 4);
      found.set(id, value(head & 15));
    }
  };
  const value = (type: number, inList = false): ThriftValue => {
    switch (type) {
      case 1:
      case 2:
        return { kind: 'bool', value: (inList ? bytes[place++] : type) === 1 };
      case 3:
        return { kind: 'int', type, value: bytes[place++]! };
      case 4:
      case 5:
      case 6:
        return { kind: 'int', type, value: integer() };
      case 7:
      case 8: {
        const length = type === 7 ? 8 : varint();
        place += length;
        return { kind: 'bytes', type, value: bytes.slice(place - length, place) };
      }
      case 9:
      case 10: {
        const head = bytes[place++]!;
        const length = head >> 4 === 15 ? varint() : head >> 4;
        const items = Array.from({ length }, () => value(head & 15, true));
        return { kind: 'list', type, items, element: head & 15 };
      }
      case 12:
        return { kind: 'struct', fields: fields() };
      default:
        throw new CorruptError(`has a footer with a type that no footer has: ${type}`);
    }
  };
  return fields();
}

export function writeThrift(fields: ThriftFields): Uint8Array {
  const out: number[] = [];
  const varint = (value: number): void => {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
    out.push(rest);
  };
  const integer = (value: number): void => varint(value >= 0 ? value * 2 : -value * 2 - 1);
  const struct = (all: ThriftFields): void => {
    let before = 0;
    for (const [id, value] of all) {
      const type = typeOf(value);
      if (id - before < 16) out.push(((id - before) << 4) | type);
      else {
        out.push(type);
        integer(id);
      }
      before = id;
      if (value.kind !== 'bool') write(value);
    }
    out.push(0);
  };
  const write = (value: ThriftValue): void => {
    switch (value.kind) {
      case 'bool':
        out.push(value.value ? 1 : 2);
        break;
      case 'int':
        if (value.type === 3) out.push(value.value);
        else integer(value.value);
        break;
      case 'bytes':
        if (value.type === 8) varint(value.value.length);
        for (const byte of value.value) out.push(byte);
        break;
      case 'list':
        if (value.items.length < 15) out.push((value.items.length << 4) | value.element);
        else {
          out.push(0xf0 | value.element);
          varint(value.items.length);
        }
        for (const item of value.items) write(item);
        break;
      case 'struct':
        struct(value.fields);
    }
  };
  struct(fields);
  return Uint8Array.from(out);
}

function typeOf(value: ThriftValue): number {
  switch (value.kind) {
    case 'bool':
      return value.value ? 1 : 2;
    case 'struct':
      return 12;
    default:
      return value.type;
  }
}

/** With other numbers in those fields that are there, and other items of lists. */
export function changedFields(
  fields: ThriftFields,
  numbers: Readonly<Record<number, (value: number) => number>>,
  lists: ReadonlyMap<number, readonly ThriftValue[]> = new Map(),
): ThriftFields {
  return new Map(
    [...fields].map(([id, value]): [number, ThriftValue] => {
      const items = lists.get(id);
      if (value.kind === 'list' && items !== undefined) return [id, { ...value, items }];
      const change = numbers[id];
      return value.kind === 'int' && change !== undefined
        ? [id, { ...value, value: change(value.value) }]
        : [id, value];
    }),
  );
}

export function fieldsOf(value: ThriftValue): ThriftFields {
  if (value.kind !== 'struct')
    throw new CorruptError('has a footer with another type where a struct should be');
  return value.fields;
}

export function itemsOf(fields: ThriftFields, id: number): readonly ThriftValue[] {
  const value = fields.get(id);
  if (value?.kind !== 'list') throw new CorruptError('has a footer with another type where a list should be');
  return value.items;
}

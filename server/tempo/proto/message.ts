/**
 * Protobuf messages as data: one description of a message gives its wire form (`wire.ts`), its JSON form (`json.ts`)
 * and its TypeScript type, so the three cannot drift apart, and no code is generated at run time.
 *
 * A value is a plain object with the JSON names of the fields. 64-bit integers are `bigint`, bytes `Uint8Array`, enums their number, maps
 * `Map`; a field that is absent has its zero value.
 */

export type ScalarType =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'uint32'
  | 'fixed32'
  | 'uint64'
  | 'int64'
  | 'fixed64'
  | 'double';

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarType }
  /** By number. */
  | { readonly kind: 'enum'; readonly names: readonly string[] }
  /** Late, because messages hold each other. */
  | { readonly kind: 'message'; readonly message: () => Message }
  /** From strings. */
  | { readonly kind: 'map'; readonly message: () => Message };

/** `V` is the TypeScript type of the values; it has no part at run time. */
export interface Field<V = unknown> {
  readonly number: number;
  readonly type: FieldType;
  readonly repeated: boolean;
  /** Written also when it has its zero value, because its presence says which case of a `oneof` it is. */
  readonly oneof: boolean;
  /** Written in JSON also when it is an empty list. */
  readonly evenEmpty?: true;
  readonly of?: V;
}

export interface Message<T = unknown> {
  readonly name: string;
  /** By JSON name, in the order of the numbers. */
  readonly fields: ReadonlyMap<string, Field>;
  readonly of?: T;
}

export function message<T>(
  name: string,
  fields: { readonly [K in keyof T]-?: Field<NonNullable<T[K]>> },
): Message<T> {
  const entries = Object.entries<Field>(fields);
  return { name, fields: new Map(entries.sort(([, a], [, b]) => a.number - b.number)) };
}

function scalar<V>(type: ScalarType): (number: number) => Field<V> {
  return (number) => ({ number, type: { kind: 'scalar', scalar: type }, repeated: false, oneof: false });
}

export const string = scalar<string>('string');
export const bytes = scalar<Uint8Array>('bytes');
export const bool = scalar<boolean>('bool');
export const uint32 = scalar<number>('uint32');
export const fixed32 = scalar<number>('fixed32');
export const uint64 = scalar<bigint>('uint64');
export const int64 = scalar<bigint>('int64');
export const fixed64 = scalar<bigint>('fixed64');
export const double = scalar<number>('double');

export function enumeration(number: number, names: readonly string[]): Field<number> {
  return { number, type: { kind: 'enum', names }, repeated: false, oneof: false };
}

export function embedded<T>(number: number, message: () => Message<T>): Field<T> {
  return { number, type: { kind: 'message', message: message }, repeated: false, oneof: false };
}

export function map<T>(number: number, message: () => Message<T>): Field<ReadonlyMap<string, T>> {
  return { number, type: { kind: 'map', message: message }, repeated: false, oneof: false };
}

/** Only strings and messages are repeated in what we speak, so nothing is packed. */
export function repeated<V>(field: Field<V>): Field<readonly V[]> {
  return { number: field.number, type: field.type, repeated: true, oneof: false };
}

/** A list that JSON has also when it is empty, as where Tempo writes it: clients read it without a look. */
export function listed<V>(field: Field<V>): Field<readonly V[]> {
  return { ...repeated(field), evenEmpty: true };
}

export function oneof<V>(field: Field<V>): Field<V> {
  return { ...field, oneof: true };
}

/** Whether protobuf leaves the value out: proto3 writes nothing for a zero value outside a `oneof`. */
export function isZero(value: unknown): boolean {
  if (value === undefined || value === '' || value === 0 || value === 0n || value === false) return true;
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0;
  return value instanceof Map && value.size === 0;
}

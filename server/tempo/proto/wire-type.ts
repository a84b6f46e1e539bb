import type { FieldType, ScalarType } from './message.js';

const VARINT = 0;
const FIXED64 = 1;
export const DELIMITED = 2;
const FIXED32 = 5;

const WIRE_TYPES: Readonly<Record<ScalarType, number>> = {
  string: DELIMITED,
  bytes: DELIMITED,
  bool: VARINT,
  uint32: VARINT,
  fixed32: FIXED32,
  uint64: VARINT,
  int64: VARINT,
  fixed64: FIXED64,
  double: FIXED64,
};

export function wireType(type: FieldType): number {
  if (type.kind === 'scalar') return WIRE_TYPES[type.scalar];
  return type.kind === 'enum' ? VARINT : DELIMITED;
}

export function tag(number: number, wireType: number): number {
  return (number << 3) | wireType;
}

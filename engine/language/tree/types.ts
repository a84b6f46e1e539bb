import type { ArithmeticOperator, Field, Literal } from './ast.js';
import { type FieldType, intrinsicInfo } from './intrinsics.js';
import { unitOfCalculation } from './unit.js';

/**
 * What is known of a value before any span is read. `dynamic` is an attribute, which may hold anything; `unknown` is what
 * an error leaves behind, so that one mistake is reported once.
 */
export type StaticType = FieldType | 'float' | 'bool' | 'nil' | 'dynamic' | 'unknown';

export function typeOfLiteral(literal: Literal): StaticType {
  return literal.kind;
}

export function typeOfField(field: Field): StaticType {
  return field.kind === 'attribute' ? 'dynamic' : intrinsicInfo(field.name).type;
}

/** Ints, floats and durations: they compare and calculate with each other. */
export function isNumeric(type: StaticType): boolean {
  return type === 'int' || type === 'float' || type === 'duration';
}

/** Nothing is known that would forbid any use. */
export function isOpen(type: StaticType): boolean {
  return type === 'dynamic' || type === 'unknown';
}

/** Whether a comparison of the two can come out either way. */
export function areComparable(left: StaticType, right: StaticType): boolean {
  if (isOpen(left) || isOpen(right) || left === 'nil' || right === 'nil') return true;
  if (isNumeric(left) && isNumeric(right)) return true;
  const isPlainNumber = (type: StaticType): boolean => type === 'int' || type === 'float';
  // A time is a number of nanoseconds since 1970, so it can be compared with a plain number; a duration is none.
  if (left === 'time' && isPlainNumber(right)) return true;
  if (right === 'time' && isPlainNumber(left)) return true;
  return left === right;
}

/** Types with `<` and `>`. */
export function isOrdered(type: StaticType): boolean {
  return type === 'string' || type === 'time' || isNumeric(type) || isOpen(type);
}

/** The type of a calculation; undefined where there is none. */
export function arithmeticType(
  operator: ArithmeticOperator,
  left: StaticType,
  right: StaticType,
): StaticType | undefined {
  if (left === 'unknown' || right === 'unknown') return 'unknown';
  if (left === 'time' || right === 'time') return timeArithmetic(operator, left, right);
  const fits = (type: StaticType): boolean => type === 'dynamic' || isNumeric(type);
  if (!fits(left) || !fits(right)) return undefined;
  if (left === 'dynamic' || right === 'dynamic') return 'dynamic';
  const [l, r] = [left, right].map((type) => (type === 'duration' ? type : undefined));
  if (unitOfCalculation(operator, l, r) !== undefined) return 'duration';
  const isRatio = operator === '/' && r !== undefined;
  return isRatio || operator === '^' || left === 'float' || right === 'float' ? 'float' : 'int';
}

function timeArithmetic(
  operator: ArithmeticOperator,
  left: StaticType,
  right: StaticType,
): StaticType | undefined {
  if (operator !== '+' && operator !== '-') return undefined;
  const other = left === 'time' ? right : left;
  if (other === 'time') return operator === '-' ? 'duration' : undefined;
  if (other === 'dynamic') return 'dynamic';
  if (!isNumeric(other)) return undefined;
  return operator === '-' && right === 'time' ? undefined : 'time';
}

/** The type in a message: `a duration`. */
export function describeType(type: StaticType): string {
  switch (type) {
    case 'string':
    case 'duration':
    case 'time':
    case 'status':
    case 'kind':
      return `a ${type}`;
    case 'int':
      return 'a whole number';
    case 'float':
      return 'a number';
    case 'bool':
      return 'true or false';
    case 'nil':
      return 'nil';
    case 'dynamic':
      return 'an attribute';
    case 'unknown':
      return 'a value';
  }
}

/**
 * Values, three-valued truth, comparisons and arithmetic of filters and scalars.
 *
 * This is part of the oracle: a slow evaluator that shares no code with the compiler and is written to be read next to
 * the language page. It prefers naive loops to speed everywhere.
 */
import type {
  ArithmeticOperator,
  ComparisonOperator,
  KindName,
  Literal,
  StatusName,
} from '../../../engine/language/tree/ast.js';
import type { AttributeValue, ScalarValue, SeveralValues } from '../../../engine/otlp/model.js';

/** `nil` is a missing value. Durations and instants are numbers of nanoseconds, mostly ints. */
export type Value = OneValue | SeveralValue | NilValue;
export type OneValue = SingleValue | ArrayValue;
export type SingleValue =
  | StringValue
  | IdValue
  | { readonly kind: 'int'; readonly value: bigint; readonly of?: Quantity }
  | { readonly kind: 'double'; readonly value: number; readonly of?: Quantity }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'status'; readonly value: StatusName }
  | { readonly kind: 'span kind'; readonly value: KindName };
/** What a number of nanoseconds is; of plain numbers nothing. */
type Quantity = 'duration' | 'instant';
interface StringValue {
  readonly kind: 'string';
  readonly value: string;
}
/** The value of an id intrinsic, in lower-case hex. */
interface IdValue {
  readonly kind: 'id';
  readonly value: string;
  /** An id of a trace: leading zeros do not count. */
  readonly trimZeros: boolean;
  /** As results have it: of the ids of traces, only that of a link keeps its leading zeros. */
  readonly shown: string;
  /** An id of a parent: zeros and the empty text say that there is none. */
  readonly mayBeNone?: true;
}
interface ArrayValue {
  readonly kind: 'array';
  readonly elements: readonly SingleValue[];
}
/** Of a key that occurs several times: any may match, and everywhere else the first counts. */
interface SeveralValue {
  readonly kind: 'several';
  readonly values: readonly OneValue[];
}
export interface NilValue {
  readonly kind: 'nil';
}
export type NumberValue = Extract<SingleValue, { kind: 'int' | 'double' }>;

export const NIL: NilValue = { kind: 'nil' };
export const int = (value: bigint): NumberValue => ({ kind: 'int', value });
export const durationOf = (value: bigint): NumberValue => ({ kind: 'int', value, of: 'duration' });
export const instant = (value: bigint): NumberValue => ({ kind: 'int', value, of: 'instant' });
const double = (value: number): NumberValue => ({ kind: 'double', value });
export const string = (value: string): SingleValue => ({ kind: 'string', value });
export const bool = (value: boolean): SingleValue => ({ kind: 'bool', value });

// ---------------------------------------------------------------------------------------------------------- truth

export type Truth = boolean | 'unknown';

export function not(a: Truth): Truth {
  return a === 'unknown' ? 'unknown' : !a;
}

export function and(...all: readonly Truth[]): Truth {
  if (all.some((truth) => truth === false)) return false;
  return all.some((truth) => truth === 'unknown') ? 'unknown' : true;
}

export function or(...all: readonly Truth[]): Truth {
  if (all.some((truth) => truth === true)) return true;
  return all.some((truth) => truth === 'unknown') ? 'unknown' : false;
}

/** A value where truth is wanted: an operand of `&&`, `||`, `!`, or a whole filter. */
export function truthOf(value: Value): Truth {
  if (value.kind === 'nil') return 'unknown';
  if (value.kind === 'several') return value.values.some((value) => truthOf(value) === true);
  return value.kind === 'bool' ? value.value : false;
}

export function truthValue(truth: Truth): Value {
  return truth === 'unknown' ? NIL : bool(truth);
}

// --------------------------------------------------------------------------------------------------- construction

function fromScalar(value: ScalarValue): SingleValue {
  switch (typeof value) {
    case 'string':
      return string(value);
    case 'bigint':
      return int(value);
    case 'number':
      return double(value);
    case 'boolean':
      return bool(value);
  }
}

export function fromAttribute(value: AttributeValue | SeveralValues | undefined): Value {
  if (value === undefined) return NIL;
  if (typeof value === 'object' && 'kind' in value)
    return { kind: 'several', values: value.values.map(fromOne) };
  return fromOne(value);
}

function fromOne(value: AttributeValue): OneValue {
  if (typeof value === 'object') return { kind: 'array', elements: value.map(fromScalar) };
  return fromScalar(value);
}

export function fromLiteral(literal: Literal): Value {
  switch (literal.kind) {
    case 'string':
      return string(literal.value);
    case 'int':
      return int(literal.value);
    case 'duration':
      return durationOf(literal.value);
    case 'time':
      return instant(literal.value);
    case 'float':
      return double(literal.value);
    case 'bool':
      return bool(literal.value);
    case 'status':
      return { kind: 'status', value: literal.value };
    case 'kind':
      return { kind: 'span kind', value: literal.value };
    case 'nil':
      return NIL;
  }
}

// ----------------------------------------------------------------------------------------------------- comparison

/** `not in` is `!=`, but of an array every element has to differ. */
export type Comparison = ComparisonOperator | 'contains' | 'starts with' | 'not in';

/** Presence tests (`= nil`) are not comparisons: see expression.ts. */
export function compare(operator: Comparison, left: Value, right: Value): Truth {
  if (left.kind === 'nil' || right.kind === 'nil') return 'unknown';
  if (left.kind === 'several' || right.kind === 'several') {
    const pairs = allOf(left).flatMap((a) => allOf(right).map((b) => compare(operator, a, b) === true));
    return operator === 'not in' ? pairs.every((holds) => holds) : pairs.some((holds) => holds);
  }
  if (left.kind === 'array' && right.kind === 'array') return false;
  if (left.kind === 'array') return compareElements(operator, left, right as SingleValue, 'array left');
  if (right.kind === 'array') return compareElements(operator, right, left, 'array right');
  return compareSingles(operator, left, right);
}

/** What there is in a value that occurs several times, or the value itself. */
export function allOf(value: Exclude<Value, NilValue>): readonly OneValue[] {
  return value.kind === 'several' ? value.values : [value];
}

/** What counts where one value is wanted. */
export function firstOf(value: Value): OneValue | NilValue {
  return value.kind === 'several' ? value.values[0]! : value;
}

function compareElements(
  operator: Comparison,
  array: ArrayValue,
  other: SingleValue,
  side: 'array left' | 'array right',
): boolean {
  // No attribute is a status or a kind, so neither is any array, the empty one included.
  if (other.kind === 'status' || other.kind === 'span kind') return false;
  const holds = (element: SingleValue): boolean => {
    if (side === 'array right') return compareSingles(operator, other, element);
    // `list contains x` asks for an element, not for a substring of one.
    return compareSingles(operator === 'contains' ? '=' : operator, element, other);
  };
  return operator === 'not in' ? array.elements.every(holds) : array.elements.some(holds);
}

function compareSingles(operator: Comparison, a: SingleValue, b: SingleValue): boolean {
  if (isNumber(a) && isNumber(b)) return compareNumbers(operator, a, b);
  if (isText(a) && isText(b)) return compareText(operator, a, b);
  if (a.kind !== b.kind) return false;
  if (operator === '=') return a.value === b.value;
  if (operator === '!=' || operator === 'not in') return a.value !== b.value;
  return false;
}

function isNumber(value: Value): value is NumberValue {
  return value.kind === 'int' || value.kind === 'double';
}

function isText(value: SingleValue): value is StringValue | IdValue {
  return value.kind === 'string' || value.kind === 'id';
}

function compareNumbers(operator: Comparison, a: NumberValue, b: NumberValue): boolean {
  if (a.kind === 'int' && b.kind === 'int') return ordered(operator, a.value, b.value);
  return ordered(operator, Number(a.value), Number(b.value));
}

/** With NaN, JavaScript's operators do what IEEE says: only `!=` is true. */
export function ordered<T extends bigint | number>(operator: Comparison, a: T, b: T): boolean {
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
    case 'not in':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '=~':
    case '!~':
    case 'contains':
    case 'starts with':
      return false;
  }
}

function compareText(operator: Comparison, a: StringValue | IdValue, b: StringValue | IdValue): boolean {
  // Ids compare without regard to case.
  const ofIds = a.kind === 'id' || b.kind === 'id';
  const [left, right] = ofIds ? [a.value.toLowerCase(), b.value.toLowerCase()] : [a.value, b.value];
  switch (operator) {
    case '=':
      return sameText(a, b);
    case '!=':
    case 'not in':
      return !sameText(a, b);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(operator, compareBytes(left, right), 0);
    case '=~':
      return matchesWhole(a.value, b.value, ofIds);
    case '!~':
      return !matchesWhole(a.value, b.value, ofIds);
    case 'contains':
      return left.includes(right);
    case 'starts with':
      return left.startsWith(right);
  }
}

function sameText(a: StringValue | IdValue, b: StringValue | IdValue): boolean {
  if (a.kind !== 'id' && b.kind !== 'id') return a.value === b.value;
  if ([a, b].some((side) => side.kind === 'id' && side.mayBeNone) && /^0*$/.test(`${a.value}${b.value}`))
    return true;
  const trimZeros = [a, b].some((side) => side.kind === 'id' && side.trimZeros);
  const normal = (text: string): string => (trimZeros ? text.replace(/^0+/, '') : text).toLowerCase();
  return normal(a.value) === normal(b.value);
}

/** The order of the UTF-8 bytes. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

function matchesWhole(text: string, pattern: string, anyCase: boolean): boolean {
  const ignoreCase = anyCase || pattern.startsWith('(?i)');
  const body = pattern.startsWith('(?i)') ? pattern.slice('(?i)'.length) : pattern;
  return new RegExp(`^(?:${body})$`, ignoreCase ? 'sui' : 'su').test(text);
}

// ----------------------------------------------------------------------------------------------------- arithmetic

export function arithmetic(operator: ArithmeticOperator, a: Value, b: Value): Value {
  const [left, right] = [firstOf(a), firstOf(b)];
  if (!isNumber(left) || !isNumber(right)) return NIL;
  return withQuantity(numberArithmetic(operator, left, right), quantityOf(operator, left, right));
}

/** A duration is shared out or compared with another, never cut to whole nanoseconds, let alone whole times. */
function numberArithmetic(operator: ArithmeticOperator, left: NumberValue, right: NumberValue): Value {
  if (operator === '/' && (left.of === 'duration' || right.of === 'duration'))
    return double(Number(left.value) / Number(right.value));
  if (left.kind === 'int' && right.kind === 'int') return intArithmetic(operator, left.value, right.value);
  return double(doubleArithmetic(operator, Number(left.value), Number(right.value)));
}

function quantityOf(
  operator: ArithmeticOperator,
  left: NumberValue,
  right: NumberValue,
): Quantity | undefined {
  const sides = [left.of, right.of];
  switch (operator) {
    case '+':
    case '-':
      if (left.of === 'instant' && right.of === 'instant') return 'duration';
      return sides.includes('instant') ? 'instant' : sides.includes('duration') ? 'duration' : undefined;
    case '*':
      return (left.of === 'duration') !== (right.of === 'duration') ? 'duration' : undefined;
    case '/':
      return left.of === 'duration' && right.of !== 'duration' ? 'duration' : undefined;
    case '%':
      return left.of === 'duration' ? 'duration' : undefined;
    case '^':
      return undefined;
  }
}

function withQuantity(value: Value, quantity: Quantity | undefined): Value {
  return isNumber(value) && quantity !== undefined ? { ...value, of: quantity } : value;
}

export function negate(operand: Value): Value {
  const value = firstOf(operand);
  if (!isNumber(value)) return NIL;
  return withQuantity(value.kind === 'int' ? checkedInt(-value.value) : double(-value.value), value.of);
}

function intArithmetic(operator: ArithmeticOperator, a: bigint, b: bigint): Value {
  switch (operator) {
    case '+':
      return checkedInt(a + b);
    case '-':
      return checkedInt(a - b);
    case '*':
      return checkedInt(a * b);
    case '/':
      return b === 0n ? NIL : checkedInt(a / b); // bigint division truncates, as in Go
    case '%':
      return b === 0n ? NIL : checkedInt(a % b);
    case '^':
      return double(doubleArithmetic('^', Number(a), Number(b)));
  }
}

function doubleArithmetic(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '^':
      // IEEE pow says 1 where JavaScript says NaN.
      if (a === 1 || (a === -1 && !Number.isFinite(b) && !Number.isNaN(b))) return 1;
      return a ** b;
  }
}

/** Overflow of 64 bits leaves no value. */
function checkedInt(value: bigint): Value {
  return BigInt.asIntN(64, value) === value ? int(value) : NIL;
}

// ------------------------------------------------------------------------------------------------------- identity

/**
 * Equal for values that `by` puts into one group and `distinct` counts once. int 1 and double 1.0 are two values; an
 * array is one whole value (an empty array has no element type); 0.0 and -0.0 are one, and so is NaN.
 */
export function identity(given: Value): string {
  const value = firstOf(given);
  switch (value.kind) {
    case 'nil':
      return 'nil';
    case 'array':
      return `array ${JSON.stringify(value.elements.map(identity))}`;
    case 'double':
      return `double ${value.value === 0 ? 0 : value.value}`;
    case 'id':
      return `string ${value.shown}`;
    case 'string':
    case 'int':
    case 'bool':
    case 'status':
    case 'span kind':
      return `${value.kind} ${value.value}`;
  }
}

// ----------------------------------------------------------------------------------------------------- aggregates

export type NumericAggregate = 'sum' | 'avg' | 'min' | 'max';

/** Over the numbers among the values; anything else is ignored. nil where there is none. */
export function aggregate(name: NumericAggregate, values: readonly Value[]): Value {
  const numbers = values.map(firstOf).filter(isNumber);
  if (numbers.length === 0) return NIL;
  return withQuantity(aggregateNumbers(name, numbers), numbers[0]?.of);
}

function aggregateNumbers(name: NumericAggregate, numbers: readonly NumberValue[]): Value {
  const doubles = numbers.map((number) => Number(number.value));
  if (name === 'avg') return double(doubles.reduce((a, b) => a + b, 0) / doubles.length);
  const ints = numbers.filter((number) => number.kind === 'int').map((number) => BigInt(number.value));
  if (ints.length === numbers.length) {
    if (name === 'sum') return checkedInt(ints.reduce((a, b) => a + b, 0n));
    return int(ints.reduce((a, b) => ((name === 'min' ? a < b : a > b) ? a : b)));
  }
  if (name === 'sum') return double(doubles.reduce((a, b) => a + b, 0));
  return double(name === 'min' ? Math.min(...doubles) : Math.max(...doubles));
}

/** Linear interpolation between the two nearest of the sorted numbers. */
export function quantile(values: readonly Value[], q: number): Value {
  const numbers = values.map(firstOf).filter(isNumber);
  const sorted = numbers.map((number) => Number(number.value)).sort((a, b) => a - b);
  if (sorted.length === 0) return NIL;
  const position = q * (sorted.length - 1);
  const low = sorted[Math.floor(position)]!;
  const high = sorted[Math.ceil(position)]!;
  const between = double(low + (high - low) * (position - Math.floor(position)));
  return withQuantity(between, numbers[0]?.of);
}

export function distinct(values: readonly Value[]): bigint {
  return BigInt(new Set(values.filter((value) => value.kind !== 'nil').map(identity)).size);
}

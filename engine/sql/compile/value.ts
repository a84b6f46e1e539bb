import { KIND_NAMES, STATUS_NAMES } from '../../otlp/names.js';
import type { ArithmeticOperator, CompareOperator, Constant } from '../../plan/expression.js';
import { doubleLiteral, intLiteral, stringLiteral } from '../dialects/duckdb/literal.js';

/**
 * A value whose type is known only row by row: one SQL expression for each type it may have, null in the rows where it
 * has another. In a row at most one is not null; when all are null the value is missing.
 */
export interface Value {
  readonly s?: string;
  readonly i?: string;
  readonly d?: string;
  readonly b?: string;
  readonly ls?: string;
  readonly li?: string;
  readonly ld?: string;
  readonly lb?: string;
  /** OTLP numbers of a status or a span kind, which compare only among themselves. */
  readonly status?: string;
  readonly kind?: string;
  /** Never missing: lets comparisons leave out the check. */
  readonly always?: boolean;
  /** A literal. */
  readonly constant?: boolean;
  /** Of a key that stands several times in one place: all values but the first, which is what the parts above have. */
  readonly further?: FurtherValues;
}

interface FurtherValues {
  /** The column `further` of an attribute, null where there are none. */
  readonly sql: string;
  /** What is done to each of them before it is compared; nothing by default. */
  readonly change?: (value: Value) => Value;
}

const LISTS = ['ls', 'li', 'ld', 'lb'] as const;
const ATTRIBUTE_PARTS = ['s', 'i', 'd', 'b', ...LISTS] as const;
const PARTS = [...ATTRIBUTE_PARTS, 'status', 'kind'] as const;
export const MISSING: Value = {};

export function constantValue(constant: Constant): Value {
  switch (constant.type) {
    case 'string':
      return { s: stringLiteral(constant.value), always: true, constant: true };
    case 'int':
      return { i: intLiteral(constant.value), always: true, constant: true };
    case 'double':
      return { d: doubleLiteral(constant.value), always: true, constant: !Number.isNaN(constant.value) };
    case 'bool':
      return { b: constant.value ? 'true' : 'false', always: true, constant: true };
    case 'status':
    case 'kind':
      return { [constant.type]: String(constant.value), always: true };
  }
}

/** SQL for "is not missing". */
export function isPresent(value: Value): string {
  if (value.always) return 'true';
  const parts = partsOf(value).map((part) => `${value[part]} IS NOT NULL`);
  return parts.length === 0 ? 'false' : disjunction(parts);
}

export function partsOf(value: Value): readonly (typeof PARTS)[number][] {
  return PARTS.filter((part) => value[part] !== undefined);
}

/** The same value under a condition, missing where it does not hold. */
export function onlyWhere(value: Value, condition: string): Value {
  const under = (sql: string): string => `CASE WHEN ${condition} THEN ${sql} END`;
  const { further } = value;
  return {
    ...Object.fromEntries(partsOf(value).map((part) => [part, under(value[part]!)])),
    ...(further && { further: { ...further, sql: under(further.sql) } }),
  };
}

/** `first` where it is present, else `second`, whatever their types. */
export function firstPresent(first: Value, second: Value): Value {
  if (first.always || partsOf(second).length === 0) return first;
  if (partsOf(first).length === 0) return second;
  const absent = `NOT (${isPresent(first)})`;
  const rest = onlyWhere(second, absent);
  const either = (...both: readonly (string | undefined)[]): string | undefined => {
    const some = both.filter((sql) => sql !== undefined);
    return some.length > 1 ? `coalesce(${some.join(', ')})` : some[0];
  };
  const further = either(first.further?.sql, rest.further?.sql);
  return {
    ...Object.fromEntries(
      PARTS.flatMap((part) => {
        const sql = either(first[part], rest[part]);
        return sql === undefined ? [] : [[part, sql]];
      }),
    ),
    ...(further !== undefined && { further: { sql: further } }),
  };
}

/** A number as DOUBLE, null where the value is not a number. */
export function numberOf(value: Value): string | undefined {
  const int = value.i === undefined ? undefined : `${value.i}::DOUBLE`;
  if (value.d === undefined || int === undefined) return value.d ?? int;
  return `coalesce(${value.d}, ${int})`;
}

/** Text that tells values apart, type included: `i1` and `d1.0` differ; a missing value is `-`. */
export function groupKey(value: Value): string {
  const parts = partsOf(value).map(
    (part) => `WHEN ${value[part]} IS NOT NULL THEN '${part}' || ${textOf(value, part)}`,
  );
  return parts.length === 0 ? "'-'" : `CASE ${parts.join(' ')} ELSE '-' END`;
}

function textOf(value: Value, part: (typeof PARTS)[number]): string {
  const list = LISTS.some((one) => one === part);
  return list ? `to_json(${value[part]})::VARCHAR` : `${value[part]}::VARCHAR`;
}

/** JSON text of the value, a status or kind by its name; null when it is missing. */
export function jsonOf(value: Value): string {
  const parts = partsOf(value).map((part) => {
    const names = part === 'status' ? STATUS_NAMES : part === 'kind' ? KIND_NAMES : undefined;
    const sql = value[part]!;
    return `to_json(${names === undefined ? sql : nameOf(sql, names)})::VARCHAR`;
  });
  if (parts.length === 0) return 'NULL::VARCHAR';
  return parts.length === 1 ? parts[0]! : `coalesce(${parts.join(', ')})`;
}

/** The same of all values where there are several: a list of them. */
export function jsonOfAll(value: Value): string {
  const { further } = value;
  if (further === undefined) return jsonOf(value);
  const others = `list_transform(${structs(further)}, lambda y: ${jsonOf(elementOf(further, 'y'))})`;
  return `CASE WHEN ${further.sql} IS NULL THEN ${jsonOf(value)} ELSE '[' || ${jsonOf(value)} || ', ' || array_to_string(${others}, ', ') || ']' END`;
}

/** An unknown number is called as 0 is. */
function nameOf(number: string, names: readonly string[]): string {
  const known = `coalesce([${names.map(stringLiteral).join(', ')}][${number} + 1], ${stringLiteral(names[0]!)})`;
  return `CASE WHEN ${number} IS NOT NULL THEN ${known} END`;
}

export function disjunction(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : `(${parts.join(' OR ')})`;
}

// ------------------------------------------------------------------------------------------------------ comparisons

/**
 * SQL of a comparison: true, false, or null where a side is missing. With `exact` false it may also be null where it
 * should be false, which is shorter and enough wherever only true counts.
 */
export function compareValues(operator: CompareOperator, left: Value, right: Value, exact: boolean): string {
  const first = compareFirst(operator, left, right, exact);
  const others = compareFurther(operator, left, right);
  if (others.length === 0) return first;
  return operator === 'not in'
    ? `(${[first, ...others].join(' AND ')})`
    : `(${[first, ...others.map((one) => `coalesce(${one}, false)`)].join(' OR ')})`;
}

function compareFirst(operator: CompareOperator, left: Value, right: Value, exact: boolean): string {
  const parts = [...scalarParts(operator, left, right), ...listParts(operator, left, right)];
  if (!exact) return parts.length === 0 ? 'false' : disjunction(parts);
  const certain = left.always && right.always && partsOf(left).length === 1 && partsOf(right).length === 1;
  if (certain && parts.length === 1) return parts[0]!;
  const bothPresent = [left, right].filter((side) => !side.always).map(isPresent);
  const mismatch =
    bothPresent.length === 0 ? 'false' : `CASE WHEN ${bothPresent.join(' AND ')} THEN false END`;
  return parts.length === 0 ? mismatch : `coalesce(${parts.join(', ')}, ${mismatch})`;
}

/**
 * Of keys that stand several times, the comparisons that involve a further value: it is enough that one holds, but for `not in`, which
 * asks all. Null where there are none, and then true for `not in`.
 */
function compareFurther(operator: CompareOperator, left: Value, right: Value): readonly string[] {
  const among = (list: string, name: string, test: string): string => {
    const found = `len(list_filter(${list}, lambda ${name}: coalesce(${test}, false)))`;
    return operator === 'not in' ? `coalesce(${found} = len(${list}), true)` : `${found} > 0`;
  };
  const comparisons: string[] = [];
  if (left.further)
    comparisons.push(
      among(structs(left.further), 'y', compareFirst(operator, elementOf(left.further, 'y'), right, true)),
    );
  if (right.further)
    comparisons.push(
      among(structs(right.further), 'z', compareFirst(operator, left, elementOf(right.further, 'z'), true)),
    );
  if (left.further && right.further) {
    const inner = compareFirst(operator, elementOf(left.further, 'y'), elementOf(right.further, 'z'), true);
    comparisons.push(among(structs(left.further), 'y', among(structs(right.further), 'z', inner)));
  }
  return comparisons;
}

const STRUCTS = stringLiteral(
  JSON.stringify([
    {
      s: 'VARCHAR',
      i: 'BIGINT',
      d: 'DOUBLE',
      b: 'BOOLEAN',
      ls: ['VARCHAR'],
      li: ['BIGINT'],
      ld: ['DOUBLE'],
      lb: ['BOOLEAN'],
    },
  ]),
);

/** A list of structs with a member for each type. */
function structs({ sql }: FurtherValues): string {
  return `from_json(${sql}, ${STRUCTS})`;
}

function elementOf({ change = same }: FurtherValues, name: string): Value {
  return change(Object.fromEntries(ATTRIBUTE_PARTS.map((part) => [part, `${name}.${part}`])));
}

/** Whether one of the further values is true. */
export function isAnyTrue(further: FurtherValues): string {
  return `coalesce(len(list_filter(${structs(further)}, lambda y: coalesce(y.b, false))) > 0, false)`;
}

function same(value: Value): Value {
  return value;
}

function scalarParts(operator: CompareOperator, left: Value, right: Value): readonly string[] {
  const parts: string[] = [];
  // The checker allows only literals to the right of `=~`: text out of a span could be no regular expression, and fail the run.
  const regex = operator === '=~' || operator === '!~';
  if (left.s !== undefined && right.s !== undefined && (!regex || right.constant))
    parts.push(compareStrings(operator, left.s, right.s));
  if (isTextOperator(operator)) return parts;
  if (left.i !== undefined && right.i !== undefined)
    parts.push(`${left.i} ${sqlOperator(operator)} ${right.i}`);
  if (left.d !== undefined || right.d !== undefined) {
    // Pairs of ints were compared exactly above; beside a constant int only the doubles are left.
    const [a, b] = [
      right.constant && right.i !== undefined ? onlyDouble(left) : left,
      left.constant && left.i !== undefined ? onlyDouble(right) : right,
    ];
    const [l, r] = [numberOf(a), numberOf(b)];
    if (l !== undefined && r !== undefined) parts.push(compareDoubles(operator, l, r, a, b));
  }
  if (operator === '=' || differs(operator))
    for (const part of ['b', 'status', 'kind'] as const)
      if (left[part] !== undefined && right[part] !== undefined)
        parts.push(`${left[part]} ${sqlOperator(operator)} ${right[part]}`);
  return parts;
}

function onlyDouble({ d, always }: Value): Value {
  return d === undefined ? MISSING : { d, always: always ?? false };
}

function compareDoubles(operator: CompareOperator, l: string, r: string, left: Value, right: Value): string {
  const plain = `${l} ${sqlOperator(operator)} ${r}`;
  // DuckDB orders NaN above every number and equal to itself; by IEEE 754 it is unequal to all and in no order.
  const nan = [left, right]
    .filter(({ d, constant }) => d !== undefined && !constant)
    .map((side) => `isnan(${numberOf(side)})`);
  const missing = [left, right].filter(({ always }) => !always).map((side) => `${numberOf(side)} IS NULL`);
  const unordered = [
    ...(missing.length === 0 ? [] : [`WHEN ${missing.join(' OR ')} THEN NULL`]),
    ...(nan.length === 0 ? [] : [`WHEN ${nan.join(' OR ')} THEN ${differs(operator)}`]),
  ];
  const compared = nan.length === 0 ? plain : `CASE ${unordered.join(' ')} ELSE ${plain} END`;
  const bothInts = left.i !== undefined && right.i !== undefined;
  return bothInts ? `CASE WHEN ${left.i} IS NULL OR ${right.i} IS NULL THEN ${compared} END` : compared;
}

function compareStrings(operator: CompareOperator, left: string, right: string): string {
  switch (operator) {
    case '=~':
      return `regexp_full_match(${left}, ${right}, 's')`;
    case '!~':
      return `NOT regexp_full_match(${left}, ${right}, 's')`;
    case 'contains':
      return `contains(${left}, ${right})`;
    case 'starts with':
      return `starts_with(${left}, ${right})`;
    default:
      return `${left} ${sqlOperator(operator)} ${right}`;
  }
}

function isTextOperator(operator: CompareOperator): boolean {
  return operator === '=~' || operator === '!~' || operator === 'contains' || operator === 'starts with';
}

function sqlOperator(operator: CompareOperator): string {
  return differs(operator) ? '<>' : operator;
}

function differs(operator: CompareOperator): boolean {
  return operator === '!=' || operator === 'not in';
}

/**
 * An array beside a scalar: some element satisfies the comparison, for `!=` and `!~` too, as in Tempo's answers. `not in`
 * asks every element, `contains` for an equal one.
 */
function listParts(operator: CompareOperator, left: Value, right: Value): readonly string[] {
  const parts: string[] = [];
  for (const [list, scalar, flipped] of [
    [left, right, false],
    [right, left, true],
  ] as const)
    for (const part of LISTS) {
      const sql = list[part];
      if (sql === undefined) continue;
      const element = elementValue(part);
      const test = (on: CompareOperator): string =>
        flipped ? compareFirst(on, scalar, element, true) : compareFirst(on, element, scalar, true);
      // Elements are never lists, statuses or kinds: beside those, an array is a mismatch.
      const guard = partsOf(scalar).filter((one) => one === 's' || one === 'i' || one === 'd' || one === 'b');
      if (guard.length === 0) continue;
      const present = scalar.always
        ? ''
        : ` AND ${disjunction(guard.map((one) => `${scalar[one]} IS NOT NULL`))}`;
      const every = operator === 'not in';
      const each = operator === 'contains' && !flipped ? test('=') : test(operator);
      if (!every && each === 'false') continue;
      const found = every
        ? `len(list_filter(${sql}, lambda x: coalesce(${each}, false))) = len(${sql})`
        : `len(list_filter(${sql}, lambda x: coalesce(${each}, false))) > 0`;
      parts.push(`CASE WHEN ${sql} IS NOT NULL${present} THEN ${found} END`);
    }
  return parts;
}

function elementValue(part: (typeof LISTS)[number]): Value {
  switch (part) {
    case 'ls':
      return { s: 'x', always: true };
    case 'li':
      return { i: 'x', always: true };
    case 'ld':
      return { d: 'x', always: true };
    case 'lb':
      return { b: 'x', always: true };
  }
}

// ------------------------------------------------------------------------------------------------------- arithmetic

/**
 * Missing where a side is not a number, on overflow of ints, and on division of ints by zero. `^` and division with a duration
 * give a double.
 */
export function arithmetic(operator: ArithmeticOperator, left: Value, right: Value): Value {
  const [l, r] = [numberOf(left), numberOf(right)];
  if (l === undefined || r === undefined) return MISSING;
  if (operator === '^') return { d: `pow(${l}, ${r})` };
  if (operator === 'ratio' || operator === 'share') return { d: `(${l} / ${r})` };
  const double = `(${l} ${operator} ${r})`;
  if (left.i === undefined || right.i === undefined) return { d: double };
  const int = `TRY(${left.i} ${operator === '/' ? '//' : operator} ${right.i})`;
  if (left.d === undefined && right.d === undefined) return { i: int };
  return { i: int, d: `CASE WHEN ${left.i} IS NULL OR ${right.i} IS NULL THEN ${double} END` };
}

export function negate(value: Value): Value {
  return {
    ...(value.i === undefined ? {} : { i: `TRY(0::BIGINT - ${value.i})` }),
    ...(value.d === undefined ? {} : { d: `(-(${value.d}))` }),
  };
}

import { KIND_NAMES, STATUS_NAMES } from '../../otlp/names.js';
import type { ArithmeticOperator, CompareOperator, Constant } from '../../plan/expression.js';
import {
  cast,
  containsText,
  double,
  eachOf,
  element,
  everyOf,
  int,
  intDivide,
  isNan,
  joinedTexts,
  json,
  list,
  matches,
  memberOf,
  power,
  someOf,
  startsWith,
  storedValues,
  text,
  tryInt,
} from '../text/operations.js';
import { EMPTY, FALSE, join, NULL, type Sql, sql, TRUE } from '../text/sql.js';

/**
 * A value whose type is known only row by row: one SQL expression for each type it may have, null in the rows where it
 * has another. In a row at most one is not null; when all are null the value is missing.
 */
export interface Value {
  readonly s?: Sql;
  readonly i?: Sql;
  readonly d?: Sql;
  readonly b?: Sql;
  readonly ls?: Sql;
  readonly li?: Sql;
  readonly ld?: Sql;
  readonly lb?: Sql;
  /** OTLP numbers of a status or a span kind, which compare only among themselves. */
  readonly status?: Sql;
  readonly kind?: Sql;
  /** Never missing: lets comparisons leave out the check. */
  readonly present?: boolean;
  /** A literal. */
  readonly constant?: boolean;
  /** Of a key that stands several times in one place: all values but the first, which is what the parts above have. */
  readonly further?: FurtherValues;
}

interface FurtherValues {
  /** The column `further` of an attribute, null where there are none. */
  readonly values: Sql;
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
      return { s: text(constant.value), present: true, constant: true };
    case 'int':
      return { i: int(constant.value), present: true, constant: true };
    case 'double':
      return { d: double(constant.value), present: true, constant: !Number.isNaN(constant.value) };
    case 'bool':
      return { b: constant.value ? TRUE : FALSE, present: true, constant: true };
    case 'status':
    case 'kind':
      return { [constant.type]: sql`${constant.value}`, present: true };
  }
}

/** SQL for "is not missing". */
export function isPresent(value: Value): Sql {
  if (value.present) return TRUE;
  const parts = partsOf(value).map((part) => sql`${value[part]!} IS NOT NULL`);
  return parts.length === 0 ? FALSE : disjunction(parts);
}

export function partsOf(value: Value): readonly (typeof PARTS)[number][] {
  return PARTS.filter((part) => value[part] !== undefined);
}

/** The same value under a condition, missing where it does not hold. */
export function onlyWhere(value: Value, condition: Sql): Value {
  const under = (one: Sql): Sql => sql`CASE WHEN ${condition} THEN ${one} END`;
  const { further } = value;
  return {
    ...Object.fromEntries(partsOf(value).map((part) => [part, under(value[part]!)])),
    ...(further && { further: { ...further, values: under(further.values) } }),
  };
}

/** `first` where it is present, else `second`, whatever their types. */
export function firstPresent(first: Value, second: Value): Value {
  if (first.present || partsOf(second).length === 0) return first;
  if (partsOf(first).length === 0) return second;
  const absent = sql`NOT (${isPresent(first)})`;
  const rest = onlyWhere(second, absent);
  const either = (...both: readonly (Sql | undefined)[]): Sql | undefined => {
    const some = both.filter((one) => one !== undefined);
    return some.length > 1 ? sql`coalesce(${join(some, ', ')})` : some[0];
  };
  const further = either(first.further?.values, rest.further?.values);
  return {
    ...Object.fromEntries(
      PARTS.flatMap((part) => {
        const found = either(first[part], rest[part]);
        return found === undefined ? [] : [[part, found]];
      }),
    ),
    ...(further !== undefined && { further: { values: further } }),
  };
}

/** A number as DOUBLE, null where the value is not a number. */
export function numberOf(value: Value): Sql | undefined {
  const int = value.i === undefined ? undefined : cast(value.i, 'double');
  if (value.d === undefined || int === undefined) return value.d ?? int;
  return sql`coalesce(${value.d}, ${int})`;
}

/** Text that tells values apart, type included: `i1` and `d1.0` differ; a missing value is `-`. */
export function groupKey(value: Value): Sql {
  const parts = partsOf(value).map(
    (part) => sql`WHEN ${value[part]!} IS NOT NULL THEN ${text(part)} || ${textOf(value[part]!, part)}`,
  );
  return parts.length === 0 ? sql`'-'` : sql`CASE ${join(parts, ' ')} ELSE '-' END`;
}

function textOf(value: Sql, part: (typeof PARTS)[number]): Sql {
  return LISTS.some((list) => list === part) ? json(value) : cast(value, 'text');
}

/** JSON text of the value, a status or kind by its name; null when it is missing. */
export function jsonOf(value: Value): Sql {
  const parts = partsOf(value).map((part) => {
    const names = part === 'status' ? STATUS_NAMES : part === 'kind' ? KIND_NAMES : undefined;
    const one = value[part]!;
    return json(names === undefined ? one : nameOf(one, names));
  });
  if (parts.length === 0) return cast(NULL, 'text');
  return parts.length === 1 ? parts[0]! : sql`coalesce(${join(parts, ', ')})`;
}

/** The same of all values where there are several: a list of them. */
export function jsonOfAll(value: Value): Sql {
  const { further } = value;
  if (further === undefined) return jsonOf(value);
  const others = eachOf(storedValues(further.values), 'y', (one) => jsonOf(elementOf(further, one)));
  return sql`CASE WHEN ${further.values} IS NULL THEN ${jsonOf(value)} ELSE '[' || ${jsonOf(value)} || ', ' || ${joinedTexts(others)} || ']' END`;
}

/** An unknown number is called as 0 is. */
function nameOf(number: Sql, names: readonly string[]): Sql {
  const called = element(list(names.map(text)), sql`${number} + 1`);
  const known = sql`coalesce(${called}, ${text(names[0]!)})`;
  return sql`CASE WHEN ${number} IS NOT NULL THEN ${known} END`;
}

export function disjunction(parts: readonly Sql[]): Sql {
  return parts.length === 1 ? parts[0]! : sql`(${join(parts, ' OR ')})`;
}

// ------------------------------------------------------------------------------------------------------ comparisons

/**
 * SQL of a comparison: true, false, or null where a side is missing. With `exact` false it may also be null where it
 * should be false, which is shorter and enough wherever only true counts.
 */
export function compareValues(operator: CompareOperator, left: Value, right: Value, exact: boolean): Sql {
  const first = compareFirst(operator, left, right, exact);
  const others = compareFurther(operator, left, right);
  if (others.length === 0) return first;
  return operator === 'not in'
    ? sql`(${join([first, ...others], ' AND ')})`
    : sql`(${join([first, ...others.map((one) => sql`coalesce(${one}, false)`)], ' OR ')})`;
}

function compareFirst(operator: CompareOperator, left: Value, right: Value, exact: boolean): Sql {
  const parts = [...scalarParts(operator, left, right), ...listParts(operator, left, right)];
  if (!exact) return parts.length === 0 ? FALSE : disjunction(parts);
  const certain = left.present && right.present && partsOf(left).length === 1 && partsOf(right).length === 1;
  if (certain && parts.length === 1) return parts[0]!;
  const bothPresent = [left, right].filter((side) => !side.present).map(isPresent);
  const mismatch =
    bothPresent.length === 0 ? FALSE : sql`CASE WHEN ${join(bothPresent, ' AND ')} THEN false END`;
  return parts.length === 0 ? mismatch : sql`coalesce(${join(parts, ', ')}, ${mismatch})`;
}

/**
 * Of keys that stand several times, the comparisons that involve a further value: it is enough that one holds, but for `not in`, which
 * asks all. Null where there are none, and then true for `not in`.
 */
function compareFurther(operator: CompareOperator, left: Value, right: Value): readonly Sql[] {
  const among = (further: FurtherValues, called: 'y' | 'z', test: (one: Value) => Sql): Sql => {
    const values = storedValues(further.values);
    const holds = (one: Sql): Sql => sql`coalesce(${test(elementOf(further, one))}, false)`;
    return operator === 'not in'
      ? sql`coalesce(${everyOf(values, called, holds)}, true)`
      : someOf(values, called, holds);
  };
  const comparisons: Sql[] = [];
  if (left.further)
    comparisons.push(among(left.further, 'y', (one) => compareFirst(operator, one, right, true)));
  if (right.further)
    comparisons.push(among(right.further, 'z', (one) => compareFirst(operator, left, one, true)));
  const [ofLeft, ofRight] = [left.further, right.further];
  if (ofLeft && ofRight)
    comparisons.push(
      among(ofLeft, 'y', (one) => among(ofRight, 'z', (other) => compareFirst(operator, one, other, true))),
    );
  return comparisons;
}

function elementOf({ change = same }: FurtherValues, one: Sql): Value {
  return change(Object.fromEntries(ATTRIBUTE_PARTS.map((part) => [part, memberOf(one, part)])));
}

/** Whether one of the further values is true. */
export function isAnyTrue({ values }: FurtherValues): Sql {
  const isTrue = (one: Sql): Sql => sql`coalesce(${memberOf(one, 'b')}, false)`;
  return sql`coalesce(${someOf(storedValues(values), 'y', isTrue)}, false)`;
}

function same(value: Value): Value {
  return value;
}

function scalarParts(operator: CompareOperator, left: Value, right: Value): readonly Sql[] {
  const parts: Sql[] = [];
  // The checker allows only literals to the right of `=~`: text out of a span could be no regular expression, and fail the run.
  const regex = operator === '=~' || operator === '!~';
  if (left.s !== undefined && right.s !== undefined && (!regex || right.constant))
    parts.push(compareStrings(operator, left.s, right.s));
  if (isTextOperator(operator)) return parts;
  if (left.i !== undefined && right.i !== undefined)
    parts.push(sql`${left.i} ${sqlOperator(operator)} ${right.i}`);
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
        parts.push(sql`${left[part]!} ${sqlOperator(operator)} ${right[part]!}`);
  return parts;
}

function onlyDouble({ d, present }: Value): Value {
  return d === undefined ? MISSING : { d, present: present ?? false };
}

function compareDoubles(operator: CompareOperator, l: Sql, r: Sql, left: Value, right: Value): Sql {
  const plain = sql`${l} ${sqlOperator(operator)} ${r}`;
  // DuckDB orders NaN above every number and equal to itself; by IEEE 754 it is unequal to all and in no order.
  const nan = [left, right]
    .filter(({ d, constant }) => d !== undefined && !constant)
    .map((side) => isNan(numberOf(side)!));
  const missing = [left, right]
    .filter(({ present }) => !present)
    .map((side) => sql`${numberOf(side)!} IS NULL`);
  const unordered = [
    ...(missing.length === 0 ? [] : [sql`WHEN ${join(missing, ' OR ')} THEN NULL`]),
    ...(nan.length === 0 ? [] : [sql`WHEN ${join(nan, ' OR ')} THEN ${differs(operator) ? TRUE : FALSE}`]),
  ];
  const compared = nan.length === 0 ? plain : sql`CASE ${join(unordered, ' ')} ELSE ${plain} END`;
  const bothInts = left.i !== undefined && right.i !== undefined;
  return bothInts ? sql`CASE WHEN ${left.i} IS NULL OR ${right.i} IS NULL THEN ${compared} END` : compared;
}

function compareStrings(operator: CompareOperator, left: Sql, right: Sql): Sql {
  switch (operator) {
    case '=~':
      return matches(left, right);
    case '!~':
      return sql`NOT ${matches(left, right)}`;
    case 'contains':
      return containsText(left, right);
    case 'starts with':
      return startsWith(left, right);
    default:
      return sql`${left} ${sqlOperator(operator)} ${right}`;
  }
}

function isTextOperator(operator: CompareOperator): boolean {
  return operator === '=~' || operator === '!~' || operator === 'contains' || operator === 'starts with';
}

function sqlOperator(operator: CompareOperator): Sql {
  switch (operator) {
    case '!=':
    case 'not in':
      return sql`<>`;
    case '=':
      return sql`=`;
    case '<':
      return sql`<`;
    case '<=':
      return sql`<=`;
    case '>':
      return sql`>`;
    case '>=':
      return sql`>=`;
    case '=~':
    case '!~':
    case 'contains':
    case 'starts with':
      throw new Error(`${operator} has no operator in SQL`);
  }
}

function differs(operator: CompareOperator): boolean {
  return operator === '!=' || operator === 'not in';
}

/**
 * An array beside a scalar: some element satisfies the comparison, for `!=` and `!~` too, as in Tempo's answers. `not in`
 * asks every element, `contains` for an equal one.
 */
function listParts(operator: CompareOperator, left: Value, right: Value): readonly Sql[] {
  const parts: Sql[] = [];
  for (const [lists, scalar, flipped] of [
    [left, right, false],
    [right, left, true],
  ] as const)
    for (const part of LISTS) {
      const values = lists[part];
      if (values === undefined) continue;
      const test = (on: CompareOperator, one: Sql): Sql => {
        const side = elementValue(part, one);
        return flipped ? compareFirst(on, scalar, side, true) : compareFirst(on, side, scalar, true);
      };
      // Elements are never lists, statuses or kinds: beside those, an array is a mismatch.
      const guard = partsOf(scalar).filter((one) => one === 's' || one === 'i' || one === 'd' || one === 'b');
      if (guard.length === 0) continue;
      const andPresent = scalar.present
        ? EMPTY
        : sql` AND ${disjunction(guard.map((one) => sql`${scalar[one]!} IS NOT NULL`))}`;
      const every = operator === 'not in';
      const on = operator === 'contains' && !flipped ? '=' : operator;
      if (!every && test(on, sql`x`) === FALSE) continue;
      const holds = (one: Sql): Sql => sql`coalesce(${test(on, one)}, false)`;
      const found = every ? everyOf(values, 'x', holds) : someOf(values, 'x', holds);
      parts.push(sql`CASE WHEN ${values} IS NOT NULL${andPresent} THEN ${found} END`);
    }
  return parts;
}

function elementValue(part: (typeof LISTS)[number], element: Sql): Value {
  switch (part) {
    case 'ls':
      return { s: element, present: true };
    case 'li':
      return { i: element, present: true };
    case 'ld':
      return { d: element, present: true };
    case 'lb':
      return { b: element, present: true };
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
  if (operator === '^') return { d: power(l, r) };
  if (operator === 'ratio' || operator === 'share') return { d: sql`(${l} / ${r})` };
  const fraction = sql`(${l} ${SIGNS[operator]} ${r})`;
  if (left.i === undefined || right.i === undefined) return { d: fraction };
  const whole = tryInt(
    operator === '/' ? intDivide(left.i, right.i) : sql`${left.i} ${SIGNS[operator]} ${right.i}`,
  );
  if (left.d === undefined && right.d === undefined) return { i: whole };
  return { i: whole, d: sql`CASE WHEN ${left.i} IS NULL OR ${right.i} IS NULL THEN ${fraction} END` };
}

const SIGNS = { '+': sql`+`, '-': sql`-`, '*': sql`*`, '/': sql`/`, '%': sql`%` } as const;

export function negate(value: Value): Value {
  return {
    ...(value.i === undefined ? {} : { i: tryInt(sql`${cast(sql`0`, 'int64')} - ${value.i}`) }),
    ...(value.d === undefined ? {} : { d: sql`(-(${value.d}))` }),
  };
}

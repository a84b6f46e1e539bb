import { KIND_NAMES, STATUS_NAMES } from '../../../otlp/names.js';
import type { Constant } from '../../../plan/expression.js';
import { ATTRIBUTE_TYPES } from '../../../plan/schema.js';
import {
  cast,
  double,
  eachOf,
  element,
  int,
  joinedTexts,
  json,
  jsonOfList,
  list,
  memberOf,
  storedValues,
  text,
} from '../../text/operations.js';
import { FALSE, join, NULL, type Sql, sql, TRUE } from '../../text/sql.js';

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
  /** Its parts are sets of literals, `('a', 'b')`: it is the right side of `=`, for "is one of them", and of `not in`. */
  readonly isSet?: boolean;
  /** Of a key that is there several times in one place: all values but the first, which is what the parts above have. */
  readonly further?: FurtherValues;
}

export interface FurtherValues {
  /** The column `further` of an attribute, null where there are none. */
  readonly values: Sql;
  /** What is done to each of them before it is compared; nothing by default. */
  readonly change?: (value: Value) => Value;
}

export const LISTS = ['ls', 'li', 'ld', 'lb'] as const;
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

/** Texts that a value is looked for among. */
export function setOfTexts(values: readonly string[]): Value {
  return { s: sql`(${join(values.map(text), ', ')})`, present: true, isSet: true };
}

/** The same of whole numbers, from decimal text. */
export function setOfInts(values: readonly string[]): Value {
  const doubles = values.map((value) => double(Number(value)));
  return {
    i: sql`(${join(values.map(int), ', ')})`,
    d: sql`(${join(doubles, ', ')})`,
    present: true,
    isSet: true,
  };
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
  const under = (value: Sql): Sql => sql`CASE WHEN ${condition} THEN ${value} END`;
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
    const some = both.filter((condition) => condition !== undefined);
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
  return isListPart(part) ? jsonOfList(value, ATTRIBUTE_TYPES[part]) : cast(value, 'text');
}

/** JSON text of the value, a status or kind by its name; null when it is missing. */
export function jsonOf(value: Value): Sql {
  const parts = partsOf(value).map((part) => {
    const names = part === 'status' ? STATUS_NAMES : part === 'kind' ? KIND_NAMES : undefined;
    const member = value[part]!;
    if (isListPart(part)) return jsonOfList(member, ATTRIBUTE_TYPES[part]);
    return json(names === undefined ? member : nameOf(member, names));
  });
  if (parts.length === 0) return cast(NULL, 'text');
  return parts.length === 1 ? parts[0]! : sql`coalesce(${join(parts, ', ')})`;
}

/** The same of all values where there are several: a list of them. */
export function jsonOfAll(value: Value): Sql {
  const { further } = value;
  if (further === undefined) return jsonOf(value);
  const others = eachOf(storedValues(further.values), 'y', (element) => jsonOf(elementOf(further, element)));
  return sql`CASE WHEN ${further.values} IS NULL THEN ${jsonOf(value)} ELSE '[' || ${jsonOf(value)} || ', ' || ${joinedTexts(others)} || ']' END`;
}

/** An unknown number is called as 0 is. */
function nameOf(number: Sql, names: readonly string[]): Sql {
  const called = element(list(names.map(text)), sql`${number} + 1`);
  const known = sql`coalesce(${called}, ${text(names[0]!)})`;
  return sql`CASE WHEN ${number} IS NOT NULL THEN ${known} END`;
}

export function isListPart(part: (typeof PARTS)[number]): part is (typeof LISTS)[number] {
  return LISTS.some((list) => list === part);
}

export function disjunction(parts: readonly Sql[]): Sql {
  return parts.length === 1 ? parts[0]! : sql`(${join(parts, ' OR ')})`;
}

/** One of the further values. */
export function elementOf({ change = same }: FurtherValues, element: Sql): Value {
  return change(Object.fromEntries(ATTRIBUTE_PARTS.map((part) => [part, memberOf(element, part)])));
}

function same(value: Value): Value {
  return value;
}

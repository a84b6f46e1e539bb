/** Values compared, whatever types they have row by row. */
import type { CompareOperator } from '../../../plan/expression.js';
import { ATTRIBUTE_TYPES } from '../../../plan/schema.js';
import {
  containsText,
  everyOf,
  isNan,
  listOf,
  matches,
  memberOf,
  someOf,
  startsWith,
  storedValues,
} from '../../text/operations.js';
import { EMPTY, FALSE, join, type Sql, sql, TRUE } from '../../text/sql.js';
import {
  disjunction,
  elementOf,
  type FurtherValues,
  isPresent,
  LISTS,
  MISSING,
  numberOf,
  partsOf,
  type Value,
} from './value.js';

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
    : sql`(${join([first, ...others.map((other) => sql`coalesce(${other}, false)`)], ' OR ')})`;
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
 * Of keys that are there several times, the comparisons that involve a further value: it is enough that one holds, but for `not in`, which
 * asks all. Null where there are none, and then true for `not in`.
 */
function compareFurther(operator: CompareOperator, left: Value, right: Value): readonly Sql[] {
  const among = (further: FurtherValues, called: 'y' | 'z', test: (value: Value) => Sql): Sql => {
    const values = storedValues(further.values);
    const holds = (element: Sql): Sql => sql`coalesce(${test(elementOf(further, element))}, false)`;
    return operator === 'not in'
      ? sql`coalesce(${everyOf(values, called, holds)}, true)`
      : someOf(values, called, holds);
  };
  const comparisons: Sql[] = [];
  if (left.further)
    comparisons.push(among(left.further, 'y', (value) => compareFirst(operator, value, right, true)));
  if (right.further)
    comparisons.push(among(right.further, 'z', (value) => compareFirst(operator, left, value, true)));
  const [ofLeft, ofRight] = [left.further, right.further];
  if (ofLeft && ofRight)
    comparisons.push(
      among(ofLeft, 'y', (value) =>
        among(ofRight, 'z', (other) => compareFirst(operator, value, other, true)),
      ),
    );
  return comparisons;
}

/** Whether one of the further values is true. */
export function isAnyTrue({ values }: FurtherValues): Sql {
  const isTrue = (element: Sql): Sql => sql`coalesce(${memberOf(element, 'b')}, false)`;
  return sql`coalesce(${someOf(storedValues(values), 'y', isTrue)}, false)`;
}

function scalarParts(operator: CompareOperator, left: Value, right: Value): readonly Sql[] {
  const parts: Sql[] = [];
  if (right.isSet)
    return (['s', 'i', 'd'] as const).flatMap((part) => {
      const [given, set] = [left[part], right[part]];
      if (given === undefined || set === undefined) return [];
      return [sql`${given} ${operator === 'not in' ? sql`NOT IN` : sql`IN`} ${set}`];
    });
  // The checker allows only literals to the right of `=~`: text out of a span could be no regular expression, and fail the run.
  const regex = operator === '=~' || operator === '!~';
  if (left.s !== undefined && right.s !== undefined && (!regex || right.constant))
    parts.push(compareStrings(operator, left.s, right.s));
  if (isTextOperator(operator)) return parts;
  if (left.i !== undefined && right.i !== undefined)
    parts.push(sql`${left.i} ${sqlOperator(operator)} ${right.i}`);
  if (left.d !== undefined || right.d !== undefined) {
    // Pairs of ints were compared exactly above; where one side is a constant int, only the doubles are left.
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
 * An array compared with a scalar: some element satisfies the comparison, for `!=` and `!~` too, as in Tempo's answers. `not in`
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
      const plain = withoutLists(scalar);
      const test = (on: CompareOperator, value: Sql): Sql => {
        const side = elementValue(part, value);
        return flipped ? compareFirst(on, plain, side, true) : compareFirst(on, side, plain, true);
      };
      // Elements are never lists, statuses or kinds: compared with those, an array is a mismatch.
      const guard = partsOf(scalar).filter(
        (member) => member === 's' || member === 'i' || member === 'd' || member === 'b',
      );
      if (guard.length === 0) continue;
      const andPresent = scalar.present
        ? EMPTY
        : sql` AND ${disjunction(guard.map((member) => sql`${scalar[member]!} IS NOT NULL`))}`;
      const every = operator === 'not in';
      const on = operator === 'contains' && !flipped ? '=' : operator;
      if (!every && test(on, sql`x`) === FALSE) continue;
      const holds = (value: Sql): Sql => sql`coalesce(${test(on, value)}, false)`;
      const elements = listOf(values, ATTRIBUTE_TYPES[part]);
      const found = every ? everyOf(elements, 'x', holds) : someOf(elements, 'x', holds);
      parts.push(sql`CASE WHEN ${values} IS NOT NULL${andPresent} THEN ${found} END`);
    }
  return parts;
}

/** Two arrays are a mismatch. */
function withoutLists({ ls: _ls, li: _li, ld: _ld, lb: _lb, ...scalar }: Value): Value {
  return scalar;
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

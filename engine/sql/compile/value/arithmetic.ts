/** Values calculated from values. */
import type { ArithmeticOperator } from '../../../plan/expression.js';
import { cast, intArithmetic, power } from '../../text/operations.js';
import { sql } from '../../text/sql.js';
import { MISSING, numberOf, type Value } from './value.js';

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
  const whole = intArithmetic(left.i, operator, right.i);
  if (left.d === undefined && right.d === undefined) return { i: whole };
  return { i: whole, d: sql`CASE WHEN ${left.i} IS NULL OR ${right.i} IS NULL THEN ${fraction} END` };
}

const SIGNS = { '+': sql`+`, '-': sql`-`, '*': sql`*`, '/': sql`/`, '%': sql`%` } as const;

export function negate(value: Value): Value {
  return {
    ...(value.i === undefined ? {} : { i: intArithmetic(cast(sql`0`, 'int64'), '-', value.i) }),
    ...(value.d === undefined ? {} : { d: sql`(-(${value.d}))` }),
  };
}

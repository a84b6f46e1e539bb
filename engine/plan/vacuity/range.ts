/** What numbers a scalar can come to, as far as it is known without the data. */
import type { ArithmeticOperator, CompareOperator } from '../expression.js';

export type Values =
  /** No value at all, as the sum of nothing. */
  | { readonly kind: 'none' }
  | { readonly kind: 'numbers'; readonly low: number; readonly high: number }
  /** A text, or whatever an attribute holds. */
  | { readonly kind: 'any' };

export const NONE: Values = { kind: 'none' };
export const ANY: Values = { kind: 'any' };

export function between(low: number, high: number): Values {
  return { kind: 'numbers', low, high };
}

/** The outcomes that a comparison of such values can have. Without a value there is none. */
export function outcomesOf(operator: CompareOperator, left: Values, right: Values): ReadonlySet<boolean> {
  if (left.kind === 'none' || right.kind === 'none') return new Set();
  if (left.kind === 'any' || right.kind === 'any') return new Set([true, false]);
  const can = (holds: boolean, fails: boolean): ReadonlySet<boolean> =>
    new Set([...(holds ? [true] : []), ...(fails ? [false] : [])]);
  const equal = can(
    left.low <= right.high && right.low <= left.high,
    left.low !== right.high || left.high !== right.low,
  );
  switch (operator) {
    case '<':
      return can(left.low < right.high, left.high >= right.low);
    case '<=':
      return can(left.low <= right.high, left.high > right.low);
    case '>':
      return can(left.high > right.low, left.low <= right.high);
    case '>=':
      return can(left.high >= right.low, left.low < right.high);
    case '=':
      return equal;
    case '!=':
    case 'not in':
      return can(equal.has(false), equal.has(true));
    case '=~':
    case '!~':
    case 'contains':
    case 'starts with':
      return new Set([true, false]);
  }
}

export function negated(values: Values): Values {
  return values.kind === 'numbers' ? between(-values.high, -values.low) : values;
}

/** What arithmetic on such values can come to. Of what it cannot tell it says that it may be anything. */
export function calculated(operator: ArithmeticOperator, left: Values, right: Values): Values {
  if (left.kind === 'none' || right.kind === 'none') return NONE;
  if (left.kind === 'any' || right.kind === 'any') return ANY;
  switch (operator) {
    case '+':
      return between(left.low + right.low, left.high + right.high);
    case '-':
      return between(left.low - right.high, left.high - right.low);
    case '*': {
      const ends = [left.low, left.high].flatMap((a) => [product(a, right.low), product(a, right.high)]);
      return between(Math.min(...ends), Math.max(...ends));
    }
    case '/':
    case 'ratio':
    case 'share':
    case '%':
      if (isZero(right)) return NONE;
      return isZero(left) ? left : ANY;
    case '^':
      return ANY;
  }
}

/** However many there are, none of them is none. */
function product(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}

function isZero({ low, high }: { readonly low: number; readonly high: number }): boolean {
  return low === 0 && high === 0;
}

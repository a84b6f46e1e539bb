import type { MetricsNumber, MetricsOperator } from './ast-query.js';
import { unitOfCalculation } from './unit.js';

/** What constant arithmetic in metrics comes to. */
export type FoldedNumber =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  /** Nanoseconds; a share of a duration need not be whole. */
  | { readonly kind: 'duration'; readonly value: bigint | number };

/**
 * The value of a number. Whole numbers stay whole, as in TraceQL: `1 / 2` is 0; a division with a duration is exact. Undefined
 * for a whole number divided by zero, and where the result is not finite.
 */
export function foldNumber(node: MetricsNumber): FoldedNumber | undefined {
  switch (node.kind) {
    case 'literal': {
      const { kind, value } = node.literal;
      return { kind, value } as FoldedNumber;
    }
    case 'negate': {
      const inner = foldNumber(node.operand);
      if (inner === undefined) return undefined;
      return { kind: inner.kind, value: -inner.value } as FoldedNumber;
    }
    case 'binary': {
      const left = foldNumber(node.left);
      const right = foldNumber(node.right);
      return left === undefined || right === undefined ? undefined : calculate(node.operator, left, right);
    }
  }
}

function calculate(
  operator: MetricsOperator,
  left: FoldedNumber,
  right: FoldedNumber,
): FoldedNumber | undefined {
  const [l, r] = [left, right].map(({ kind }) => (kind === 'duration' ? kind : undefined));
  const isDuration = unitOfCalculation(operator, l, r) === 'duration';
  const isExact = operator === '/' && (l ?? r) !== undefined;
  if (typeof left.value === 'bigint' && typeof right.value === 'bigint' && !isExact) {
    const value = ofInts(operator, left.value, right.value);
    return value === undefined ? undefined : { kind: isDuration ? 'duration' : 'int', value };
  }
  const value = calculateFloats(operator, Number(left.value), Number(right.value));
  return Number.isFinite(value) ? { kind: isDuration ? 'duration' : 'float', value } : undefined;
}

function ofInts(operator: MetricsOperator, left: bigint, right: bigint): bigint | undefined {
  if (operator === '/' && right === 0n) return undefined;
  switch (operator) {
    case '+':
      return BigInt.asIntN(64, left + right);
    case '-':
      return BigInt.asIntN(64, left - right);
    case '*':
      return BigInt.asIntN(64, left * right);
    case '/':
      return left / right;
  }
}

/** Arithmetic of metrics on doubles. Division by zero is NaN, which stands for no value. */
export function calculateFloats(operator: MetricsOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? Number.NaN : left / right;
  }
}

/** A folded number as series are calculated with, where durations are seconds. */
export function seriesNumber(number: FoldedNumber): number {
  return number.kind === 'duration' ? Number(number.value) / 1e9 : Number(number.value);
}

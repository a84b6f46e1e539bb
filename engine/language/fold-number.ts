import type { MetricsNumber, MetricsOperator } from './ast-query.js';

/** What constant arithmetic in metrics comes to. */
export type FoldedNumber =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  /** Nanoseconds. */
  | { readonly kind: 'duration'; readonly value: bigint };

/**
 * The value of a number. Whole numbers stay whole, as in TraceQL: `1 / 2` is 0. Undefined for a whole number divided by
 * zero, and where the result is not finite.
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
      return inner.kind === 'float'
        ? { kind: 'float', value: -inner.value }
        : { kind: inner.kind, value: -inner.value };
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
  const isDuration = left.kind === 'duration' || right.kind === 'duration';
  if (left.kind !== 'float' && right.kind !== 'float') {
    const value = ofInts(operator, left.value, right.value);
    return value === undefined ? undefined : { kind: isDuration ? 'duration' : 'int', value };
  }
  const value = calculateFloats(operator, Number(left.value), Number(right.value));
  if (!Number.isFinite(value)) return undefined;
  return isDuration ? { kind: 'duration', value: BigInt(Math.round(value)) } : { kind: 'float', value };
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

/** A folded number as it stands beside series, where durations are seconds. */
export function seriesNumber(number: FoldedNumber): number {
  return number.kind === 'duration' ? Number(number.value) / 1e9 : Number(number.value);
}

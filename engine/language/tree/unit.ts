import type { ArithmeticOperator } from './ast.js';

/** What a number of nanoseconds is; undefined for any other number, and for what is none. */
export type Unit = 'duration' | 'time' | undefined;

/** The unit of a calculation: twice a duration is one, a share of one too, and the ratio of two is a plain number. */
export function unitOfCalculation(operator: ArithmeticOperator, left: Unit, right: Unit): Unit {
  const [l, r] = [left === 'duration', right === 'duration'];
  switch (operator) {
    case '+':
    case '-':
      if (left === 'time' && right === 'time') return operator === '-' ? 'duration' : undefined;
      return left === 'time' || right === 'time' ? 'time' : l || r ? 'duration' : undefined;
    case '*':
      return l !== r ? 'duration' : undefined;
    case '/':
      return l && !r ? 'duration' : undefined;
    case '%':
      return l ? 'duration' : undefined;
    case '^':
      return undefined;
  }
}

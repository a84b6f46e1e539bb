import type { Intrinsic } from '../language/ast.js';
import type { Expression } from './expression.js';
import type { AggregatePlan } from './plan.js';

/** Durations are ints of nanoseconds wherever they are computed with; whoever shows a value has to know that it is one. */
export function isDuration(expression: Expression): boolean {
  switch (expression.kind) {
    case 'field': {
      const { source } = expression.field;
      return source.kind === 'intrinsic' && DURATIONS.has(source.name);
    }
    case 'negate':
      return isDuration(expression.operand);
    case 'arithmetic': {
      const { operator, left, right } = expression;
      if (operator === '-' && isTime(left) && isTime(right)) return true;
      return staysDuration(operator, isDuration(left), isDuration(right));
    }
    default:
      return false;
  }
}

/** Whether an aggregate, as `avg(duration)` or `max(duration) - min(duration)`, is a duration. */
export function isDurationAggregate(aggregate: AggregatePlan): boolean {
  switch (aggregate.kind) {
    case 'constant':
      return false;
    case 'call':
      return aggregate.argument !== undefined && isDuration(aggregate.argument);
    case 'negate':
      return isDurationAggregate(aggregate.operand);
    case 'arithmetic':
      return staysDuration(
        aggregate.operator,
        isDurationAggregate(aggregate.left),
        isDurationAggregate(aggregate.right),
      );
  }
}

const DURATIONS: ReadonlySet<Intrinsic> = new Set([
  'span:duration',
  'trace:duration',
  'event:timeSinceStart',
]);
const TIMES: ReadonlySet<Intrinsic> = new Set(['span:start', 'span:end', 'trace:start', 'trace:end']);

function isTime(expression: Expression): boolean {
  if (expression.kind !== 'field' || expression.field.source.kind !== 'intrinsic') return false;
  return TIMES.has(expression.field.source.name);
}

/** Twice a duration is one, the ratio of two is not. */
function staysDuration(
  operator: Extract<Expression, { kind: 'arithmetic' }>['operator'],
  left: boolean,
  right: boolean,
): boolean {
  switch (operator) {
    case '+':
    case '-':
      return left || right;
    case '*':
      return left !== right;
    case '/':
      return left && !right;
    case '%':
      return left;
    case '^':
      return false;
  }
}

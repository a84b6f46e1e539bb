import { intrinsicInfo } from '../language/tree/intrinsics.js';
import { type Unit, unitOfCalculation } from '../language/tree/unit.js';
import { VALUE_FUNCTIONS } from '../language/tree/value-functions.js';
import type { ArithmeticOperator, Expression } from './expression.js';
import type { AggregatePlan } from './plan.js';

/** Durations are numbers of nanoseconds wherever they are computed with; whoever shows a value has to know that it is one. */
export function isDuration(expression: Expression): boolean {
  return unitOf(expression) === 'duration';
}

/** Whether an aggregate, as `avg(duration)` or `max(duration) - min(duration)`, is a duration. */
export function isDurationAggregate(aggregate: AggregatePlan): boolean {
  return unitOfAggregate(aggregate) === 'duration';
}

function unitOf(expression: Expression): Unit {
  switch (expression.kind) {
    case 'field': {
      const { source } = expression.field;
      const type = source.kind === 'intrinsic' ? intrinsicInfo(source.name).type : undefined;
      return type === 'duration' || type === 'time' ? type : undefined;
    }
    case 'negate':
      return unitOf(expression.operand);
    case 'call':
      return VALUE_FUNCTIONS[expression.function].gives === 'time' ? 'time' : undefined;
    case 'arithmetic':
      return unitOfPlan(expression.operator, unitOf(expression.left), unitOf(expression.right));
    default:
      return undefined;
  }
}

function unitOfAggregate(aggregate: AggregatePlan): Unit {
  switch (aggregate.kind) {
    case 'constant':
      return undefined;
    case 'call':
      return aggregate.argument === undefined ? undefined : unitOf(aggregate.argument);
    case 'negate':
      return unitOfAggregate(aggregate.operand);
    case 'arithmetic':
      return unitOfPlan(
        aggregate.operator,
        unitOfAggregate(aggregate.left),
        unitOfAggregate(aggregate.right),
      );
  }
}

/** A literal duration is a number like any other in a plan, but what is divided says itself what it gives. */
function unitOfPlan(operator: ArithmeticOperator, left: Unit, right: Unit): Unit {
  switch (operator) {
    case 'ratio':
      return undefined;
    case 'share':
      return 'duration';
    default:
      return unitOfCalculation(operator, left, right);
  }
}

import type { AggregateExpression, FieldExpression, Literal, Scalar } from './ast.js';
import { typeOfField } from './types.js';
import { type Unit, unitOfCalculation } from './unit.js';
import { VALUE_FUNCTIONS } from './value-functions.js';

/** The unit of what an expression gives. */
export function unitOf(expression: FieldExpression): Unit {
  switch (expression.kind) {
    case 'literal':
      return unitOfLiteral(expression.literal);
    case 'field':
      return unitOfType(typeOfField(expression.field));
    case 'unary':
      return expression.operator === '-' ? unitOf(expression.operand) : undefined;
    case 'binary':
      switch (expression.operator) {
        case '+':
        case '-':
        case '*':
        case '/':
        case '%':
        case '^':
          return unitOfCalculation(expression.operator, unitOf(expression.left), unitOf(expression.right));
        default:
          return undefined;
      }
    case 'in':
    case 'parameter':
      return undefined;
    case 'call':
      return unitOfType(VALUE_FUNCTIONS[expression.function].gives);
  }
}

/** The same of a side of an aggregate stage. */
export function unitOfAggregate(side: AggregateExpression): Unit {
  switch (side.kind) {
    case 'literal':
      return unitOfLiteral(side.literal);
    case 'parameter':
      return undefined;
    case 'call':
      return side.argument === undefined ? undefined : unitOf(side.argument);
    case 'negate':
      return unitOfAggregate(side.operand);
    case 'binary':
      return unitOfCalculation(side.operator, unitOfAggregate(side.left), unitOfAggregate(side.right));
  }
}

/** The same of a side of a comparison in a clause. */
export function unitOfScalar(scalar: Scalar): Unit {
  switch (scalar.kind) {
    case 'literal':
      return unitOfLiteral(scalar.literal);
    case 'field':
      return unitOfType(typeOfField(scalar.field));
    case 'count':
      return undefined;
    case 'aggregate':
      return scalar.function === 'distinct' ? undefined : unitOf(scalar.field);
    case 'negate':
      return unitOfScalar(scalar.operand);
    case 'call':
      return unitOfType(VALUE_FUNCTIONS[scalar.function].gives);
    case 'binary':
      return unitOfCalculation(scalar.operator, unitOfScalar(scalar.left), unitOfScalar(scalar.right));
  }
}

function unitOfLiteral({ kind }: Literal): Unit {
  return unitOfType(kind);
}

function unitOfType(type: string): Unit {
  return type === 'duration' || type === 'time' ? type : undefined;
}

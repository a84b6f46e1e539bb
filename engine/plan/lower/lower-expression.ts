import type { ArithmeticOperator, Field, FieldExpression, Literal } from '../../language/tree/ast.js';
import type { Unit } from '../../language/tree/unit.js';
import { unitOf } from '../../language/tree/units.js';
import { type Among, OF_ALL } from '../chosen-items.js';
import {
  type Constant,
  type Expression,
  type FieldPlan,
  type FieldSource,
  ownerOf,
  type ArithmeticOperator as PlannedOperator,
} from '../expression.js';

const STATUS = { unset: 0, ok: 1, error: 2 } as const;
const KIND = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

/**
 * Which event or link fields are of: of the one at hand, as in a filter, which one of them has to satisfy; or of the first of
 * the span that has the field, as in whatever takes one value of a span.
 */
export type Items = 'at hand' | FirstItems;

/** The first of those that satisfied the filters before, which have to satisfy `among`. */
export interface FirstItems {
  readonly first: Among;
}

/** Of the span as it is, whatever filters it came from. */
export const FIRST: FirstItems = { first: OF_ALL };

/** The plan form of a checked field expression. */
export function lowerExpression(expression: FieldExpression, items: Items): Expression {
  switch (expression.kind) {
    case 'literal':
      return lowerLiteral(expression.literal);
    case 'field':
      return { kind: 'field', field: lowerField(expression.field, items) };
    case 'unary':
      return {
        kind: expression.operator === '!' ? 'not' : 'negate',
        operand: lowerExpression(expression.operand, items),
      };
    case 'in': {
      const operand = lowerExpression(expression.operand, items);
      const operator = expression.negated ? 'not in' : '=';
      return {
        kind: 'logical',
        operator: expression.negated ? 'and' : 'or',
        operands: expression.items.map((item) => ({
          kind: 'compare',
          operator,
          left: operand,
          right: lowerLiteral(item),
        })),
      };
    }
    case 'parameter':
      throw new Error(`${expression.name.text} was not filled in`);
    case 'call':
      return {
        kind: 'call',
        function: expression.function,
        operand: lowerExpression(expression.operand, items),
        ...(expression.zone === undefined ? {} : { zone: expression.zone.value }),
      };
    case 'binary':
      return lowerBinary(expression, items);
  }
}

function lowerBinary(expression: Extract<FieldExpression, { kind: 'binary' }>, items: Items): Expression {
  const { operator } = expression;
  if (operator === '&&' || operator === '||') {
    return {
      kind: 'logical',
      operator: operator === '&&' ? 'and' : 'or',
      operands: [lowerExpression(expression.left, items), lowerExpression(expression.right, items)],
    };
  }
  const nil = isNil(expression.left)
    ? expression.right
    : isNil(expression.right)
      ? expression.left
      : undefined;
  if (nil !== undefined) {
    // `nil = nil` and `nil != nil` fold to false, as in TraceQL.
    if (isNil(nil)) return { kind: 'constant', type: 'bool', value: false };
    return { kind: operator === '=' ? 'absent' : 'present', operand: lowerExpression(nil, items) };
  }
  const left = lowerExpression(expression.left, items);
  const right = lowerExpression(expression.right, items);
  switch (operator) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^': {
      const planned = lowerArithmetic(operator, unitOf(expression.left), unitOf(expression.right));
      return { kind: 'arithmetic', operator: planned, left, right };
    }
    default:
      return { kind: 'compare', operator, left, right };
  }
}

/** A division with a duration is exact. */
export function lowerArithmetic(operator: ArithmeticOperator, left: Unit, right: Unit): PlannedOperator {
  if (operator !== '/') return operator;
  if (right === 'duration') return 'ratio';
  return left === 'duration' ? 'share' : '/';
}

function isNil(expression: FieldExpression): boolean {
  return expression.kind === 'literal' && expression.literal.kind === 'nil';
}

/** Of another span than the one at hand, a field of an event or link is that of the first that has it. */
export function lowerField(field: Field, items: Items): FieldPlan {
  const source: FieldSource =
    field.kind === 'intrinsic'
      ? { kind: 'intrinsic', name: field.name }
      : { kind: 'attribute', scope: field.scope, key: field.key };
  const elsewhere = field.bound !== undefined || field.hop !== 'self';
  const item = ownerOf(source);
  const among = item === undefined || elsewhere || items === 'at hand' ? undefined : items.first[item];
  return {
    ...(field.bound === undefined ? {} : { bound: field.bound.text }),
    hop: field.hop,
    source,
    ...(item !== undefined && (elsewhere || items !== 'at hand') ? { first: true } : {}),
    ...(among === undefined ? {} : { among }),
  };
}

export function lowerLiteral(literal: Literal): Constant {
  switch (literal.kind) {
    case 'string':
      return { kind: 'constant', type: 'string', value: literal.value };
    case 'int':
    case 'duration':
    case 'time':
      return { kind: 'constant', type: 'int', value: literal.value.toString() };
    case 'float':
      return { kind: 'constant', type: 'double', value: literal.value };
    case 'bool':
      return { kind: 'constant', type: 'bool', value: literal.value };
    case 'status':
      return { kind: 'constant', type: 'status', value: STATUS[literal.value] };
    case 'kind':
      return { kind: 'constant', type: 'kind', value: KIND[literal.value] };
    case 'nil':
      throw new Error('nil outside a comparison passed the checker');
  }
}

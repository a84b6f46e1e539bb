/** Field expressions, and what it means that a filter matches a span. */
import type {
  ArithmeticOperator,
  BinaryExpression,
  Field,
  FieldExpression,
} from '../../../engine/language/ast.js';
import type { SpanEvent, SpanLink } from '../../../engine/spans/model.js';
import { fieldValue, isEventField, isLinkField, type Scene } from './fields.js';
import {
  and,
  arithmetic,
  bool,
  compare,
  fromLiteral,
  negate,
  not,
  or,
  truthOf,
  truthValue,
  type Value,
} from './values.js';

/**
 * Whether the filter `{ expression }` matches the span of the scene. If the expression mentions an event (a link)
 * anywhere, one event (one link) has to satisfy the whole of it.
 */
export function filterMatches(expression: FieldExpression | undefined, scene: Scene): boolean {
  if (!expression) return true;
  const fields = fieldsOf(expression);
  const span = scene.span!;
  const events: readonly (SpanEvent | undefined)[] = fields.some(isEventField) ? span.events : [undefined];
  const links: readonly (SpanLink | undefined)[] = fields.some(isLinkField) ? span.links : [undefined];
  for (const event of events) {
    for (const link of links) {
      const here = { ...scene, ...(event && { event }), ...(link && { link }) };
      if (truthOf(expressionValue(expression, here)) === true) return true;
    }
  }
  return false;
}

function fieldsOf(expression: FieldExpression): readonly Field[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'field':
      return [expression.field];
    case 'unary':
    case 'in':
      return fieldsOf(expression.operand);
    case 'binary':
      return [...fieldsOf(expression.left), ...fieldsOf(expression.right)];
  }
}

/** The value of an expression; a truth that is unknown is nil. */
export function expressionValue(expression: FieldExpression, scene: Scene): Value {
  switch (expression.kind) {
    case 'literal':
      return fromLiteral(expression.literal);
    case 'field':
      return fieldValue(expression.field, scene);
    case 'unary': {
      const operand = expressionValue(expression.operand, scene);
      return expression.operator === '!' ? truthValue(not(truthOf(operand))) : negate(operand);
    }
    case 'binary':
      return binaryValue(expression, scene);
    case 'in': {
      const operand = expressionValue(expression.operand, scene);
      const items = expression.items.map(fromLiteral);
      if (expression.negated)
        return truthValue(and(...items.map((item) => compare('not in', operand, item))));
      return truthValue(or(...items.map((item) => compare('=', operand, item))));
    }
  }
}

function binaryValue(expression: BinaryExpression, scene: Scene): Value {
  const { operator } = expression;
  if (operator === '=' || operator === '!=') {
    const tested = besideNil(expression);
    if (tested) {
      const isNil = expressionValue(tested, scene).kind === 'nil';
      // `nil = nil` and `nil != nil` are both false in TraceQL.
      if (tested.kind === 'literal' && tested.literal.kind === 'nil') return bool(false);
      return bool(operator === '=' ? isNil : !isNil);
    }
  }
  const left = expressionValue(expression.left, scene);
  const right = expressionValue(expression.right, scene);
  switch (operator) {
    case '&&':
      return truthValue(and(truthOf(left), truthOf(right)));
    case '||':
      return truthValue(or(truthOf(left), truthOf(right)));
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '=~':
    case '!~':
    case 'contains':
    case 'starts with':
      return truthValue(compare(operator, left, right));
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
      return arithmetic(operator satisfies ArithmeticOperator, left, right);
  }
}

/** The other side of a comparison with the literal `nil`. */
function besideNil(expression: BinaryExpression): FieldExpression | undefined {
  const { left, right } = expression;
  if (right.kind === 'literal' && right.literal.kind === 'nil') return left;
  if (left.kind === 'literal' && left.literal.kind === 'nil') return right;
  return undefined;
}

/** Field expressions, and what it means that a filter matches a span. */
import type {
  ArithmeticOperator,
  BinaryExpression,
  Field,
  FieldExpression,
} from '../../../engine/language/tree/ast.js';
import { fieldValue, isEventField, isLinkField, type Scene } from './fields.js';
import { called } from './functions.js';
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
 * anywhere, one event (one link) has to satisfy the whole of it; of a span without any, a test of one is false.
 */
export function filterMatches(expression: FieldExpression | undefined, scene: Scene): boolean {
  return satisfiedBy(expression, scene);
}

export function asksForEvent(filter: FieldExpression | undefined): boolean {
  return filter !== undefined && fieldsOf(filter).some(isEventField);
}

export function asksForLink(filter: FieldExpression | undefined): boolean {
  return filter !== undefined && fieldsOf(filter).some(isLinkField);
}

/** The same for the event or link of the scene, where it has one: the filter may still try those of the other kind. */
export function satisfiedBy(expression: FieldExpression | undefined, scene: Scene): boolean {
  if (!expression) return true;
  const span = scene.span!;
  const events = scene.event ? [scene.event] : asksForEvent(expression) ? orNone(span.events) : [undefined];
  const links = scene.link ? [scene.link] : asksForLink(expression) ? orNone(span.links) : [undefined];
  for (const event of events) {
    for (const link of links) {
      const here = { ...scene, ...(event && { event }), ...(link && { link }) };
      if (truthOf(truthIn(expression, here)) === true) return true;
    }
  }
  return false;
}

function orNone<T>(items: readonly T[]): readonly (T | 'none')[] {
  return items.length === 0 ? ['none'] : items;
}

/** The value of an expression where something true or false is wanted. */
function truthIn(expression: FieldExpression, scene: Scene): Value {
  const isFalse = !isTruth(expression) && asksOfNothing(expression, scene);
  return isFalse ? bool(false) : expressionValue(expression, scene);
}

function isLogical(expression: FieldExpression): boolean {
  if (expression.kind === 'unary') return expression.operator === '!';
  return expression.kind === 'binary' && (expression.operator === '&&' || expression.operator === '||');
}

/** Whether a test reads an event (a link) of a span that has none; what is in a test inside it is no part of it. */
function asksOfNothing(test: FieldExpression, scene: Scene): boolean {
  switch (test.kind) {
    case 'literal':
    case 'parameter':
      return false;
    case 'field':
      return (
        (isEventField(test.field) && scene.event === 'none') ||
        (isLinkField(test.field) && scene.link === 'none')
      );
    case 'unary':
    case 'in':
    case 'call':
      return !isTruth(test.operand) && asksOfNothing(test.operand, scene);
    case 'binary':
      return [test.left, test.right].some((side) => !isTruth(side) && asksOfNothing(side, scene));
  }
}

/** Whether an expression is true or false by itself. */
function isTruth(expression: FieldExpression): boolean {
  const isComparison = expression.kind === 'binary' && !ARITHMETIC.has(expression.operator);
  return isComparison || expression.kind === 'in' || isLogical(expression);
}
const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '^']);

export function fieldsOf(expression: FieldExpression): readonly Field[] {
  switch (expression.kind) {
    case 'literal':
    case 'parameter':
      return [];
    case 'field':
      return [expression.field];
    case 'unary':
    case 'in':
    case 'call':
      return fieldsOf(expression.operand);
    case 'binary':
      return [...fieldsOf(expression.left), ...fieldsOf(expression.right)];
  }
}

/** The value of an expression; a truth that is unknown is nil. */
export function expressionValue(expression: FieldExpression, scene: Scene): Value {
  switch (expression.kind) {
    case 'parameter':
      throw new RangeError('lets are filled in before');
    case 'literal':
      return fromLiteral(expression.literal);
    case 'field':
      return fieldValue(expression.field, scene);
    case 'unary': {
      if (expression.operator === '!') return truthValue(not(truthOf(truthIn(expression.operand, scene))));
      return negate(expressionValue(expression.operand, scene));
    }
    case 'call':
      return called(expression.function, expressionValue(expression.operand, scene), expression.zone?.value);
    case 'binary':
      return binaryValue(expression, scene);
    case 'in': {
      if (asksOfNothing(expression, scene)) return bool(false);
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
  if (operator === '&&' || operator === '||') {
    const sides = [expression.left, expression.right].map((side) => truthOf(truthIn(side, scene)));
    return truthValue(operator === '&&' ? and(...sides) : or(...sides));
  }
  if (!ARITHMETIC.has(operator) && asksOfNothing(expression, scene)) return bool(false);
  if (operator === '=' || operator === '!=') {
    const tested = comparedWithNil(expression);
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
function comparedWithNil(expression: BinaryExpression): FieldExpression | undefined {
  const { left, right } = expression;
  if (right.kind === 'literal' && right.literal.kind === 'nil') return left;
  if (left.kind === 'literal' && left.literal.kind === 'nil') return right;
  return undefined;
}

import { type Expression, type FieldPlan, forEachField, itemOf } from '../expression.js';
import { allOf, anyOf, IMPOSSIBLE, type Need, NOTHING } from './need.js';

/** What it needs for an expression to be true on some span, … */
export function trueNeed(expression: Expression): Need {
  switch (expression.kind) {
    case 'constant':
      return expression.type === 'bool' && expression.value ? NOTHING : IMPOSSIBLE;
    case 'field':
      return carriedNeed(expression.field);
    case 'logical':
      return (expression.operator === 'and' ? allOf : anyOf)(expression.operands.map(trueNeed));
    case 'not':
      return falseNeed(expression.operand);
    case 'compare':
      return allOf([valueNeed(expression.left), valueNeed(expression.right)]);
    case 'present':
      return valueNeed(expression.operand);
    case 'absent':
      return NOTHING;
    case 'arithmetic':
    case 'negate':
    case 'call':
      return IMPOSSIBLE; // numbers and texts are no truths
  }
}

/**
 * … and to be false. A comparison with an attribute that is missing is neither, so that `!(span.a = 1)` needs the attribute too;
 * a test of events or links is false for a span without any that satisfies it.
 */
function falseNeed(expression: Expression): Need {
  switch (expression.kind) {
    case 'constant':
      return expression.type === 'bool' && !expression.value ? NOTHING : IMPOSSIBLE;
    case 'field':
      return itemOf(expression.field) === undefined ? carriedNeed(expression.field) : NOTHING;
    case 'logical':
      return (expression.operator === 'and' ? anyOf : allOf)(expression.operands.map(falseNeed));
    case 'not':
      return trueNeed(expression.operand);
    case 'compare':
      return isOfItems(expression)
        ? NOTHING
        : allOf([valueNeed(expression.left), valueNeed(expression.right)]);
    case 'present':
      return NOTHING;
    case 'absent':
      return isOfItems(expression) ? NOTHING : valueNeed(expression.operand);
    case 'arithmetic':
    case 'negate':
    case 'call':
      return IMPOSSIBLE;
  }
}

/** What it needs for an expression to have a value. */
export function valueNeed(expression: Expression): Need {
  switch (expression.kind) {
    case 'constant':
      return NOTHING;
    case 'field':
      return carriedNeed(expression.field);
    case 'negate':
    case 'call':
      return valueNeed(expression.operand);
    case 'arithmetic':
      return allOf([valueNeed(expression.left), valueNeed(expression.right)]);
    case 'logical':
    case 'not':
    case 'compare':
    case 'present':
    case 'absent':
      return anyOf([trueNeed(expression), falseNeed(expression)]);
  }
}

/** Intrinsics need nothing: a span without events is no span of which nothing is known. */
export function carriedNeed({ source }: FieldPlan): Need {
  if (source.kind === 'intrinsic') return NOTHING;
  const { scope, key } = source;
  if (scope !== 'any') return { kind: 'carried', scope, key };
  return anyOf([
    { kind: 'carried', scope: 'span', key },
    { kind: 'carried', scope: 'resource', key },
  ]);
}

function isOfItems(expression: Expression): boolean {
  let found = false;
  forEachField(expression, (field) => {
    found ||= itemOf(field) !== undefined;
  });
  return found;
}

import { asNumber } from './example.js';
import type { OldCondition, OldRule, OldTest, OldValue } from './old-ast.js';

/** Whether the imported rule compares an attribute with a number. */
export function comparesWithNumber({ when, always, never }: OldRule, key: string): boolean {
  return [when, always, never].some((condition) => condition !== undefined && inCondition(condition, key));
}

function inCondition(condition: OldCondition, key: string): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.some((operand) => inCondition(operand, key));
    case 'not':
      return inCondition(condition.operand, key);
    case 'count':
      return false;
    case 'span': {
      const { name, where, compared } = condition;
      const own =
        compared !== undefined && name.endsWith(`.${key}`) && isNumber(compared.operator, compared.right);
      return own || where.some((test) => inTest(test, key));
    }
  }
}

function inTest(test: OldTest, key: string): boolean {
  switch (test.kind) {
    case 'and':
    case 'or':
      return test.operands.some((operand) => inTest(operand, key));
    case 'not':
      return inTest(test.operand, key);
    case 'flag':
      return false;
    case 'compare':
      return test.attribute.key === key && isNumber(test.operator, test.right);
  }
}

/** As it is written in the imported rule: a number in quotes is one only where there is an order. */
function isNumber(operator: string, right: OldValue): boolean {
  if (right.kind === 'number') return operator !== 'contains' && operator !== 'matches';
  return right.kind === 'string' && /^[<>]/u.test(operator) && asNumber(right.value) !== undefined;
}

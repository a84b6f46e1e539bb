import type { ComparisonOperator, Condition } from '../language/tree/ast.js';
import { countNode, existsNode, numberLiteral, spansNamed } from './nodes.js';
import { NOTES, type Notes } from './notes.js';
import type { OldCondition, OldOperator, OldSpan } from './old-ast.js';
import { translateComparison, translateTest } from './translate-test.js';

const range = { start: 0, end: 0 };
const COMPARISONS: Partial<Record<OldOperator, ComparisonOperator>> = {
  '==': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** The condition that an old one means, as far as it means anything; `notes` gets what it could not. */
export function translateCondition(condition: OldCondition, notes: Notes): Condition {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return {
        kind: condition.kind,
        operands: condition.operands.map((operand) => translateCondition(operand, notes)),
        range,
      };
    case 'not':
      return { kind: 'not', operand: translateCondition(condition.operand, notes), range };
    case 'count': {
      const { name, right } = condition;
      const operator = COMPARISONS[condition.operator];
      if (operator !== undefined && right.kind === 'count')
        return countNode(name, operator, { count: right.name });
      if (operator !== undefined && right.kind === 'number')
        return countNode(name, operator, { literal: numberLiteral(right.text) });
      notes.add(NOTES.countOfNoNumber(name));
      return existsNode(spansNamed(name));
    }
    case 'span':
      return translateSpan(condition, notes);
  }
}

function translateSpan({ name, where, compared }: OldSpan, notes: Notes): Condition {
  const tests = where.map((test) => translateTest(test, notes));
  if (compared === undefined) return existsNode(spansNamed(name, ...tests));
  const dot = name.lastIndexOf('.');
  const operator = COMPARISONS[compared.operator];
  if (dot < 0) {
    // The old engine compared "is there such a span" as 1 or 0.
    notes.add(NOTES.spanCompared(name));
    if (where.length === 0 && operator !== undefined && compared.right.kind === 'number')
      return countNode(name, operator, { literal: numberLiteral(compared.right.text) });
    return existsNode(spansNamed(name, ...tests));
  }
  const span = name.slice(0, dot);
  const key = name.slice(dot + 1);
  notes.add(NOTES.attributeAsName(span, key));
  return existsNode(
    spansNamed(span, ...tests, translateComparison(key, compared.operator, compared.right, notes)),
  );
}

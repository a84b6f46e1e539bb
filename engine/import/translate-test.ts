import type { FieldExpression, FieldOperator, Literal } from '../language/tree/ast.js';
import { binaryNode, boolLiteral, fieldNode, literalNode, numberLiteral, stringLiteral } from './nodes.js';
import { NOTES, type Notes } from './notes.js';
import type { OldOperator, OldTest, OldValue } from './old-ast.js';

const range = { start: 0, end: 0 };
const OPERATORS: Readonly<Record<Exclude<OldOperator, 'in' | 'matches' | 'contains'>, FieldOperator>> = {
  '==': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
const NUMBER = /^-?\d+(?:\.\d+)?$/u;
const ORDER: ReadonlySet<OldOperator> = new Set(['<', '<=', '>', '>=']);

/** What is in `.where(…)`, as a filter says it. */
export function translateTest(test: OldTest, notes: Notes): FieldExpression {
  switch (test.kind) {
    case 'and':
    case 'or': {
      const [first, ...rest] = test.operands.map((operand) => translateTest(operand, notes));
      const operator = test.kind === 'and' ? '&&' : '||';
      return rest.reduce((all, next) => binaryNode(operator, all, next), first as FieldExpression);
    }
    case 'not':
      return translateNegation(test.operand, notes);
    case 'flag':
      if (test.attribute.bare) notes.add(NOTES.bareKey(test.attribute.key));
      return binaryNode('=', fieldNode(test.attribute.key), literalNode(boolLiteral(true)));
    case 'compare':
      if (test.attribute.bare) notes.add(NOTES.bareKey(test.attribute.key));
      return translateComparison(test.attribute.key, test.operator, test.right, notes);
  }
}

/** `not verified` was true of spans without the attribute, and most likely meant to be. */
function translateNegation(operand: OldTest, notes: Notes): FieldExpression {
  if (operand.kind === 'flag') {
    const { key, bare } = operand.attribute;
    if (bare) notes.add(NOTES.bareKey(key));
    const missing = binaryNode('=', fieldNode(key), {
      kind: 'literal',
      literal: { kind: 'nil', range },
      range,
    });
    const other = binaryNode('!=', fieldNode(key), literalNode(boolLiteral(true)));
    return binaryNode('||', missing, other);
  }
  for (const key of keysOf(operand)) notes.add(NOTES.missing(key));
  return { kind: 'unary', operator: '!', operand: translateTest(operand, notes), range };
}

function* keysOf(test: OldTest): Generator<string> {
  if (test.kind === 'compare' || test.kind === 'flag') yield test.attribute.key;
  else if (test.kind === 'not') yield* keysOf(test.operand);
  else for (const operand of test.operands) yield* keysOf(operand);
}

export function translateComparison(
  key: string,
  operator: OldOperator,
  right: OldValue,
  notes: Notes,
): FieldExpression {
  const field = fieldNode(key);
  switch (operator) {
    case 'in':
      return { kind: 'in', negated: false, operand: field, items: listOf(key, right, notes), range };
    case 'contains':
      return binaryNode('contains', field, literalNode(stringLiteral(textOf(right))));
    case 'matches':
      return binaryNode('=~', field, literalNode(stringLiteral(anchored(textOf(right)))));
    default:
      if (operator === '!=' || operator === '<' || operator === '<=') notes.add(NOTES.missing(key));
      return binaryNode(OPERATORS[operator], field, operandOf(key, operator, right, notes));
  }
}

function operandOf(key: string, operator: OldOperator, right: OldValue, notes: Notes): FieldExpression {
  if (right.kind === 'word' && ORDER.has(operator)) {
    notes.add(NOTES.attributeNextTo(key, right.value));
    return fieldNode(right.value);
  }
  if (right.kind === 'bool' && !right.value) notes.add(NOTES.falseWasTrue(key));
  // `amount > "1000"` compared numbers.
  if (right.kind === 'string' && ORDER.has(operator) && NUMBER.test(right.value))
    return literalNode(numberLiteral(right.value));
  return literalNode(literalOf(right));
}

function literalOf(value: OldValue): Literal {
  switch (value.kind) {
    case 'number':
      return numberLiteral(value.text);
    case 'bool':
      return boolLiteral(value.value);
    default:
      return stringLiteral(textOf(value));
  }
}

function textOf(value: OldValue): string {
  switch (value.kind) {
    case 'string':
    case 'word':
      return value.value;
    case 'number':
      return value.text;
    case 'bool':
      return String(value.value);
    case 'count':
      return value.name;
    case 'list':
      return value.items.map(({ text }) => text).join(',');
  }
}

function listOf(key: string, value: OldValue, notes: Notes): readonly Literal[] {
  if (value.kind !== 'list') return [literalOf(value)];
  if (value.items.some(({ quoted }) => quoted)) notes.add(NOTES.quotedList(key));
  return value.items.map(({ text, quoted }) =>
    !quoted && NUMBER.test(text) ? numberLiteral(text) : stringLiteral(text),
  );
}

/** The old engine looked for the expression anywhere in the text; here it has to match all of it. */
function anchored(pattern: string): string {
  const start = /^\^/u.test(pattern);
  const end = /(?<!\\)(?:\\\\)*\$$/u.test(pattern);
  const inner = pattern.slice(start ? 1 : 0, end ? -1 : undefined);
  // An alternative may have anchors of its own, so that none can be taken off.
  if (inner.includes('|')) return `.*(?:${pattern}).*`;
  const before = start || inner.startsWith('.*') ? '' : '.*';
  const after = end || /(?<!\\)\.\*$/u.test(inner) ? '' : '.*';
  return `${before}${inner}${after}`;
}

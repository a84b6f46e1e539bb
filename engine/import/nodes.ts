import type {
  AttributeField,
  ComparisonOperator,
  Condition,
  FieldExpression,
  Filter,
  Literal,
  Pattern,
} from '../language/tree/ast.js';

/** Syntax nodes without a place in any text, as the printer takes them. */
const range = { start: 0, end: 0 };

export function stringLiteral(value: string): Literal {
  return { kind: 'string', value, raw: '', range };
}

export function boolLiteral(value: boolean): Literal {
  return { kind: 'bool', value, range };
}

export function numberLiteral(text: string): Literal {
  return /^-?\d{1,18}$/u.test(text)
    ? { kind: 'int', value: BigInt(text), raw: text, range }
    : { kind: 'float', value: Number(text), raw: text, range };
}

export function spanAttribute(key: string): AttributeField {
  return { kind: 'attribute', hop: 'self', scope: 'span', key, range };
}

export function fieldNode(key: string): FieldExpression {
  return { kind: 'field', field: spanAttribute(key), range };
}

/** A negative number is a minus before its digits. */
export function literalNode(literal: Literal): FieldExpression {
  const isNegative = (literal.kind === 'int' || literal.kind === 'float') && literal.value < 0;
  if (!isNegative) return { kind: 'literal', literal, range };
  const positive = { ...literal, value: -literal.value } as Literal;
  return { kind: 'unary', operator: '-', operand: { kind: 'literal', literal: positive, range }, range };
}

export function binaryNode(
  operator: Extract<FieldExpression, { kind: 'binary' }>['operator'],
  left: FieldExpression,
  right: FieldExpression,
): FieldExpression {
  return { kind: 'binary', operator, left, right, range };
}

export function spansNamed(name: string, ...tests: readonly FieldExpression[]): Pattern {
  const nameField: FieldExpression = {
    kind: 'field',
    field: { kind: 'intrinsic', hop: 'self', name: 'span:name', range },
    range,
  };
  const first = binaryNode('=', nameField, literalNode(stringLiteral(name)));
  const expression = tests.reduce((all, test) => binaryNode('&&', all, test), first);
  const filter: Filter = { kind: 'filter', expression, range };
  return { pipeline: { stages: [{ kind: 'spanset', expression: filter, range }], range }, range };
}

export function existsNode(pattern: Pattern): Condition {
  return { kind: 'exists', explicit: false, pattern, range };
}

export function countNode(
  name: string,
  operator: ComparisonOperator,
  right: { readonly count: string } | { readonly literal: Literal },
): Condition {
  return {
    kind: 'compare',
    operator,
    left: { kind: 'count', pattern: spansNamed(name), range },
    right:
      'count' in right
        ? { kind: 'count', pattern: spansNamed(right.count), range }
        : { kind: 'literal', literal: right.literal, range },
    range,
  };
}

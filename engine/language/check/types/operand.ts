import type { Field, FieldExpression, Literal, Range, Scalar } from '../../tree/ast.js';
import { intrinsicInfo, leastValue } from '../../tree/intrinsics.js';
import { timeValue } from '../../tree/literals-time.js';
import { type StaticType, typeOfField, typeOfLiteral } from '../../tree/types.js';

/** One side of a comparison, wherever it is: in a filter, a stage of a pipeline or a clause. */
export interface Operand {
  readonly type: StaticType;
  readonly range: Range;
  /** The value as written, a minus folded in. */
  readonly literal?: Literal;
  /** The field that the side consists of. */
  readonly field?: Field;
  /** What `2026-12-31` was most likely meant as, which is a subtraction. */
  readonly date?: string;
  /** No value is less than this. */
  readonly least?: bigint;
}

/**
 * Whether `= nil` can never hold: an intrinsic of the span, event or link at hand, or the service that every span comes from. A
 * bound span may have no event or link.
 */
export function isNeverMissing(field: Field): boolean {
  if (field.hop !== 'self') return false;
  if (field.kind === 'intrinsic') {
    const { of: owner, mayBeMissing } = intrinsicInfo(field.name);
    const ofItem = owner === 'event' || owner === 'link';
    return !mayBeMissing && !(ofItem && field.bound !== undefined);
  }
  return field.scope === 'resource' && field.key === 'service.name';
}

/** Whether the field has one value and no list, so that it cannot be equal to two things. */
export function isSingle(field: Field): boolean {
  return field.kind === 'intrinsic';
}

export function literalOperand(literal: Literal, range: Range = literal.range): Operand {
  return { type: typeOfLiteral(literal), range, literal };
}

export function fieldOperand(field: Field, range: Range = field.range): Operand {
  const least = field.kind === 'intrinsic' ? leastValue(field.name) : undefined;
  return { type: typeOfField(field), range, field, ...(least === undefined ? {} : { least }) };
}

/** An expression as a side of a comparison; what is neither field nor literal keeps the type worked out for it. */
export function expressionOperand(expression: FieldExpression, type: StaticType): Operand {
  if (expression.kind === 'field') return fieldOperand(expression.field, expression.range);
  const literal = literalOf(expression);
  return literal ? literalOperand(literal, expression.range) : calculated(expression, type);
}

/** What is neither field nor literal. */
function calculated(node: FieldExpression | Scalar, type: StaticType): Operand {
  const date = dateMeant(node);
  return { type, range: node.range, ...(date === undefined ? {} : { date }) };
}

/** `2026-12-31` without the sign of a time. */
function dateMeant(node: FieldExpression | Scalar): string | undefined {
  const parts: string[] = [];
  let rest = node;
  for (; rest.kind === 'binary' && rest.operator === '-'; rest = rest.left) {
    if (rest.right.kind !== 'literal' || rest.right.literal.kind !== 'int') return undefined;
    parts.unshift(rest.right.literal.raw);
  }
  if (rest.kind !== 'literal' || rest.literal.kind !== 'int' || parts.length !== 2) return undefined;
  const text = `@${[rest.literal.raw, ...parts].join('-')}`;
  return typeof timeValue(text) === 'bigint' ? text : undefined;
}

function literalOf(expression: FieldExpression): Literal | undefined {
  if (expression.kind === 'literal') return expression.literal;
  if (expression.kind !== 'unary' || expression.operator !== '-') return undefined;
  const inner = literalOf(expression.operand);
  return inner && negatedLiteral(inner, expression.range);
}

/** A scalar as a side of a comparison. */
export function scalarOperand(scalar: Scalar, type: StaticType): Operand {
  switch (scalar.kind) {
    case 'literal':
      return literalOperand(scalar.literal, scalar.range);
    case 'field':
      return fieldOperand(scalar.field, scalar.range);
    case 'count':
      return { type, range: scalar.range, least: 0n };
    case 'aggregate':
      return { type, range: scalar.range, ...(scalar.function === 'distinct' ? { least: 0n } : {}) };
    case 'negate': {
      const inner = scalar.operand.kind === 'literal' ? scalar.operand.literal : undefined;
      const literal = inner && negatedLiteral(inner, scalar.range);
      return literal ? literalOperand(literal, scalar.range) : { type, range: scalar.range };
    }
    case 'binary':
    case 'call':
      return calculated(scalar, type);
  }
}

/** The literal with its sign turned; nothing for what has no sign. */
export function negatedLiteral(literal: Literal, range: Range): Literal | undefined {
  switch (literal.kind) {
    case 'int':
    case 'duration':
      return { ...literal, value: -literal.value, raw: `-${literal.raw}`, range };
    case 'float':
      return { ...literal, value: -literal.value, raw: `-${literal.raw}`, range };
    case 'string':
    case 'bool':
    case 'time':
    case 'status':
    case 'kind':
    case 'nil':
      return undefined;
  }
}

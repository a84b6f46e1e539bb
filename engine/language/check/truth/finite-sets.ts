import { printField } from '../../print/print-field.js';
import { wholeRegex } from '../../text/regex-text.js';
import type { Field, FieldExpression, Literal, Range } from '../../tree/ast.js';
import { isSingle } from '../types/operand.js';
import { compareLiterals, type Finding, holds } from './truth.js';

/** What a part of a filter requires of one field. */
interface Asked {
  readonly field: Field;
  readonly range: Range;
  /** The only values that it lets through; absent where there are others. */
  readonly values?: readonly Literal[];
  /** Whether it lets a value through; undefined where there is no telling. */
  readonly lets: (value: Literal) => boolean | undefined;
}

/** A conjunction that lets through a few values of a field, of which another part of it lets through none. */
export function finiteFinding(operands: readonly FieldExpression[]): Finding | undefined {
  const seen = new Map<string, Asked[]>();
  for (const operand of operands) {
    const asked = askedOf(operand);
    if (asked === undefined) continue;
    const key = printField(asked.field);
    const earlier = seen.get(key) ?? [];
    for (const other of earlier.slice(0, MOST_COMPARED)) {
      if (!excludes(asked, other) && !excludes(other, asked)) continue;
      const unless = isSingle(asked.field) ? '' : ', unless it holds a list';
      return {
        truth: 'never',
        range: { start: other.range.start, end: asked.range.end },
        message: `No value of \`${key}\` satisfies both, so the two never hold of one span${unless}.`,
      };
    }
    seen.set(key, [...earlier, asked]);
  }
  return undefined;
}

/** Long chains are no place for a slip of two; comparing all with all would take too long. */
const MOST_COMPARED = 16;

function excludes(few: Asked, other: Asked): boolean {
  return (
    few.values !== undefined &&
    few.values.length > 0 &&
    few.values.every((value) => other.lets(value) === false)
  );
}

function askedOf(expression: FieldExpression): Asked | undefined {
  if (expression.kind === 'in') {
    const { operand, items, negated, range } = expression;
    if (operand.kind !== 'field' || expression.list !== undefined) return undefined;
    const isIn = (value: Literal): boolean | undefined => {
      const orders = items.map((item) => compareLiterals(value, item));
      if (orders.includes(0)) return true;
      return orders.includes(undefined) ? undefined : false;
    };
    if (!negated) return { field: operand.field, range, values: items, lets: isIn };
    return { field: operand.field, range, lets: (value) => opposite(isIn(value)) };
  }
  if (expression.kind !== 'binary' || expression.left.kind !== 'field') return undefined;
  const { left, operator, right, range } = expression;
  if (right.kind !== 'literal' || right.literal.kind === 'nil' || isId(left.field)) return undefined;
  const { literal } = right;
  const lets = letsThrough(operator, literal);
  if (lets === undefined) return undefined;
  return { field: left.field, range, lets, ...(operator === '=' ? { values: [literal] } : {}) };
}

function letsThrough(operator: string, literal: Literal): Asked['lets'] | undefined {
  const text = literal.kind === 'string' ? literal.value : undefined;
  const ofText =
    (test: (value: string) => boolean): Asked['lets'] =>
    (value) =>
      value.kind === 'string' ? test(value.value) : undefined;
  switch (operator) {
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return (value) => {
        const order = compareLiterals(value, literal);
        return order === undefined ? undefined : holds(operator, order);
      };
    case '=~':
    case '!~': {
      const regex = text === undefined ? undefined : wholeRegex(text);
      return regex && ofText((value) => regex.test(value) === (operator === '=~'));
    }
    case 'starts with':
      return text === undefined ? undefined : ofText((value) => value.startsWith(text));
    case 'contains':
      return text === undefined ? undefined : ofText((value) => value.includes(text));
    default:
      return undefined;
  }
}

function opposite(truth: boolean | undefined): boolean | undefined {
  return truth === undefined ? undefined : !truth;
}

/** Ids compare without regard to case and leading zeros. */
function isId(field: Field): boolean {
  return field.kind === 'intrinsic' && /(?:ID|:id)$/u.test(field.name);
}

import type { BinaryExpression, Field, FieldExpression, Literal, Range } from '../ast.js';
import { printLiteral } from '../print-expression.js';
import { printField } from '../print-field.js';
import { areComparable } from '../types.js';
import { expressionOperand, isNeverMissing, isSingle } from './operand.js';
import { compareLiterals, type Finding, holds } from './truth.js';

/** `field operator literal`, whichever side the text has the field on. */
interface Constraint {
  readonly field: Field;
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=';
  readonly literal: Literal;
  readonly range: Range;
}

const MIRRORED = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function constraintOf(expression: FieldExpression): Constraint | undefined {
  if (expression.kind !== 'binary' || !Object.hasOwn(MIRRORED, expression.operator)) return undefined;
  const operator = expression.operator as Constraint['operator'];
  const left = expressionOperand(expression.left, 'unknown');
  const right = expressionOperand(expression.right, 'unknown');
  if (left.field && right.literal) {
    return { field: left.field, operator, literal: right.literal, range: expression.range };
  }
  if (left.literal && right.field) {
    return {
      field: right.field,
      operator: MIRRORED[operator],
      literal: left.literal,
      range: expression.range,
    };
  }
  return undefined;
}

/** Two parts of one conjunction that no span satisfies together, such as `name = "a" && name = "b"`. */
export function conjunctionFinding(operands: readonly FieldExpression[]): Finding | undefined {
  return pairFinding(operands, (a, b) => {
    if (!excludes(a, b)) return undefined;
    const field = printField(a.field);
    const unless = isSingle(a.field) || isOfOtherType(a, b) ? '' : ', unless it holds a list';
    const isValue = a.literal.kind !== 'nil' && b.literal.kind !== 'nil';
    const advice =
      a.operator === '=' && b.operator === '=' && isValue ? `; \`||\` or \`in\` takes either` : '';
    return {
      truth: 'never',
      message: `\`${field} ${a.operator} ${printLiteral(a.literal)}\` and \`${field} ${b.operator} ${printLiteral(b.literal)}\` never hold of one span${unless}${advice}.`,
    };
  });
}

/** Two parts of one disjunction of which one always holds, such as `name != "a" || name != "b"`. */
export function disjunctionFinding(operands: readonly FieldExpression[]): Finding | undefined {
  return pairFinding(operands, (a, b) => {
    const order = compareLiterals(a.literal, b.literal);
    if (a.operator !== '!=' || b.operator !== '!=' || order === undefined || order === 0) return undefined;
    const field = printField(a.field);
    return {
      truth: 'always',
      message: `\`${field}\` always differs from ${printLiteral(a.literal)} or from ${printLiteral(b.literal)}; \`&&\` or \`not in\` excludes both.`,
    };
  });
}

function pairFinding(
  operands: readonly FieldExpression[],
  judge: (a: Constraint, b: Constraint) => Pick<Finding, 'truth' | 'message'> | undefined,
): Finding | undefined {
  const seen = new Map<string, Constraint[]>();
  for (const operand of operands) {
    const constraint = constraintOf(operand);
    if (!constraint) continue;
    const key = printField(constraint.field);
    const earlier = seen.get(key) ?? [];
    // Long lists of alternatives are no place for a slip of two; comparing all with all would take too long.
    for (const other of earlier.slice(0, 16)) {
      const found = judge(other, constraint);
      if (found) return { ...found, range: { start: other.range.start, end: constraint.range.end } };
    }
    seen.set(key, [...earlier.slice(0, 16), constraint]);
  }
  return undefined;
}

function excludes(a: Constraint, b: Constraint): boolean {
  if (isOfOtherType(a, b)) return !isNeverMissing(a.field); // else one of them is an error by itself
  const order = compareLiterals(a.literal, b.literal);
  if (order === undefined) return false;
  // Ids compare without regard to case and leading zeros, so unequal texts may be the same id.
  if (a.field.kind === 'intrinsic' && /(?:ID|:id)$/u.test(a.field.name)) return false;
  if (a.operator === '=') return !holds(b.operator, order);
  if (b.operator === '=') return !holds(a.operator, -order);
  const isLower = (one: Constraint): boolean => one.operator === '>' || one.operator === '>=';
  const isUpper = (one: Constraint): boolean => one.operator === '<' || one.operator === '<=';
  const strict = a.operator.length === 1 || b.operator.length === 1;
  if (isLower(a) && isUpper(b)) return order > 0 || (order === 0 && strict);
  if (isUpper(a) && isLower(b)) return order < 0 || (order === 0 && strict);
  return false;
}

/**
 * Whether the two ask for values of types that do not compare: all the elements of a list have one type, and with a value of
 * another type no comparison holds, `!=` neither. What is missing has only `= nil`.
 */
function isOfOtherType(a: Constraint, b: Constraint): boolean {
  const isAbsence = ({ operator, literal }: Constraint): boolean =>
    operator === '=' && literal.kind === 'nil';
  if (a.literal.kind === 'nil' || b.literal.kind === 'nil') return isAbsence(a) !== isAbsence(b);
  return !areComparable(a.literal.kind, b.literal.kind);
}

/** The operands of a chain of one operator, through parentheses. */
export function operandsOf(expression: BinaryExpression): readonly FieldExpression[] {
  const operands: FieldExpression[] = [];
  const open: FieldExpression[] = [expression];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'binary' && next.operator === expression.operator) open.push(next.right, next.left);
    else operands.push(next);
  }
  return operands;
}

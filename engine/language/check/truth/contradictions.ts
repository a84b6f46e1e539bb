import { printLiteral } from '../../print/print-expression.js';
import { printField } from '../../print/print-field.js';
import type { BinaryExpression, Condition, Field, FieldExpression, Literal, Range } from '../../tree/ast.js';
import { areComparable } from '../../tree/types.js';
import {
  expressionOperand,
  isNeverMissing,
  isSingle,
  type Operand,
  scalarOperand,
} from '../types/operand.js';
import { compareLiterals, type Finding, holds } from './truth.js';

/** `field operator literal`, whichever side the text has the field on. */
export interface Constraint {
  readonly field: Field;
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=';
  readonly literal: Literal;
  readonly range: Range;
}

const MIRRORED = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** What parts of a filter require of a field. */
export function expressionConstraints(operands: readonly FieldExpression[]): readonly Constraint[] {
  return operands.flatMap((operand) =>
    operand.kind === 'binary' && constrains(operand.operator)
      ? constraintOf(
          operand.operator,
          expressionOperand(operand.left, 'unknown'),
          expressionOperand(operand.right, 'unknown'),
          operand.range,
        )
      : [],
  );
}

/** What parts of a condition require of a field of a bound span. */
export function conditionConstraints(operands: readonly Condition[]): readonly Constraint[] {
  return operands.flatMap((operand) =>
    operand.kind === 'compare' && constrains(operand.operator)
      ? constraintOf(
          operand.operator,
          scalarOperand(operand.left, 'unknown'),
          scalarOperand(operand.right, 'unknown'),
          operand.range,
        )
      : [],
  );
}

function constrains(operator: string): operator is Constraint['operator'] {
  return Object.hasOwn(MIRRORED, operator);
}

function constraintOf(
  operator: Constraint['operator'],
  left: Operand,
  right: Operand,
  range: Range,
): readonly Constraint[] {
  if (left.field && right.literal) return [{ field: left.field, operator, literal: right.literal, range }];
  if (left.literal && right.field)
    return [{ field: right.field, operator: MIRRORED[operator], literal: left.literal, range }];
  return [];
}

/** What to write instead, in a filter and in a condition. */
const ADVICE = {
  filter: { either: '`||` or `in` takes either', neither: '`&&` or `not in` excludes both' },
  condition: { either: '`or` takes either', neither: '`and` excludes both' },
} as const;

type Place = keyof typeof ADVICE;

/** Two parts of one conjunction that no span satisfies together, such as `name = "a" && name = "b"`. */
export function conjunctionFinding(constraints: readonly Constraint[], place: Place): Finding | undefined {
  return pairFinding(constraints, (a, b) => {
    if (!excludes(a, b)) return undefined;
    const field = printField(a.field);
    const unless = isSingle(a.field) || isOfOtherType(a, b) ? '' : ', unless it holds a list';
    const isValue = a.literal.kind !== 'nil' && b.literal.kind !== 'nil';
    const advice = a.operator === '=' && b.operator === '=' && isValue ? `; ${ADVICE[place].either}` : '';
    return {
      truth: 'never',
      message: `\`${field} ${a.operator} ${printLiteral(a.literal)}\` and \`${field} ${b.operator} ${printLiteral(b.literal)}\` never hold of one span${unless}${advice}.`,
    };
  });
}

/** Two parts of one disjunction of which one always holds, such as `name != "a" || name != "b"`. */
export function disjunctionFinding(constraints: readonly Constraint[], place: Place): Finding | undefined {
  return pairFinding(constraints, (a, b) => {
    const order = compareLiterals(a.literal, b.literal);
    const field = printField(a.field);
    if (order !== undefined && coversAll(a, b, order))
      return {
        truth: 'always',
        message: `\`${field}\` always satisfies one of the two, wherever it is there.`,
      };
    if (a.operator !== '!=' || b.operator !== '!=' || order === undefined || order === 0) return undefined;
    return {
      truth: 'always',
      message: `\`${field}\` always differs from ${printLiteral(a.literal)} or from ${printLiteral(b.literal)}; ${ADVICE[place].neither}.`,
    };
  });
}

/** Whether `> 5` and `<= 5`, or bounds that overlap, let every number through. */
function coversAll(a: Constraint, b: Constraint, order: number): boolean {
  if (isUpper(a) && isLower(b)) return coversAll(b, a, -order);
  if (!isLower(a) || !isUpper(b)) return false;
  return order < 0 || (order === 0 && (a.operator === '>=' || b.operator === '<='));
}

function isLower({ operator }: Constraint): boolean {
  return operator === '>' || operator === '>=';
}

function isUpper({ operator }: Constraint): boolean {
  return operator === '<' || operator === '<=';
}

/** Of two bounds of one field on the same side, the one that says nothing more: `> 5` next to `> 10`. */
export function looserBounds(
  constraints: readonly Constraint[],
): readonly { readonly looser: Constraint; readonly tighter: Constraint }[] {
  const found: { readonly looser: Constraint; readonly tighter: Constraint }[] = [];
  const seen = new Map<string, Constraint>();
  for (const constraint of constraints) {
    const side = isLower(constraint) ? '>' : isUpper(constraint) ? '<' : undefined;
    if (side === undefined) continue;
    const key = `${side} ${printField(constraint.field)}`;
    const other = seen.get(key);
    const order = other && compareLiterals(constraint.literal, other.literal);
    if (other === undefined || order === undefined) {
      seen.set(key, constraint);
      continue;
    }
    const isTighter = side === '>' ? order > 0 : order < 0;
    const isSame = order === 0 && constraint.operator.length < other.operator.length;
    const [tighter, looser] = isTighter || isSame ? [constraint, other] : [other, constraint];
    found.push({ looser, tighter });
    seen.set(key, tighter);
  }
  return found;
}

function pairFinding(
  constraints: readonly Constraint[],
  judge: (a: Constraint, b: Constraint) => Pick<Finding, 'truth' | 'message'> | undefined,
): Finding | undefined {
  const seen = new Map<string, Constraint[]>();
  for (const constraint of constraints) {
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

import { printField } from '../../print/print-field.js';
import type { ReportExtra } from '../../problems/report.js';
import type { ComparisonOperator, Literal, Range } from '../../tree/ast.js';
import { areComparable, describeType, isOrdered } from '../../tree/types.js';
import { literalFix } from '../types/literal-fix.js';
import { isNeverMissing, type Operand } from '../types/operand.js';
import { quotedField } from '../types/quoted-field.js';

/** What is known of a condition before any span is read. `never` is false or unknown, so that its negation is open. */
export type Truth = 'always' | 'false' | 'never' | 'open';

/** A part of a condition whose outcome is fixed, and why. */
export interface Finding extends ReportExtra {
  readonly range: Range;
  readonly truth: 'always' | 'never';
  readonly message: string;
}

export interface Outcome {
  readonly truth: Truth;
  readonly why?: string;
  readonly fixes?: ReportExtra['fixes'];
}

const OPEN: Outcome = { truth: 'open' };

export function negate(truth: Truth): Truth {
  if (truth === 'always') return 'false';
  return truth === 'false' ? 'always' : 'open';
}

export function both(left: Truth, right: Truth): Truth {
  if (left === 'false' || right === 'false') return 'false';
  if (left === 'never' || right === 'never') return 'never';
  return left === 'always' ? right : right === 'always' ? left : 'open';
}

export function either(left: Truth, right: Truth): Truth {
  if (left === 'always' || right === 'always') return 'always';
  if (left === 'open' || right === 'open') return 'open';
  return left === 'false' && right === 'false' ? 'false' : 'never';
}

/** Whether a condition of this truth can hold. */
export function isImpossible(truth: Truth): boolean {
  return truth === 'false' || truth === 'never';
}

/** What a comparison comes to whatever the spans are. */
export function comparisonOutcome(operator: ComparisonOperator, left: Operand, right: Operand): Outcome {
  if (left.type === 'unknown' || right.type === 'unknown') return OPEN;
  if (left.type === 'nil' || right.type === 'nil') return presence(operator, left, right);
  if (left.literal && right.literal) return literals(operator, left.literal, right.literal);
  if (left.literal) return comparisonOutcome(MIRRORED[operator], right, left);
  return right.literal ? withLiteral(operator, left, right) : ofTimes(operator, left, right);
}

/** Each of them is never before the one above it, of one span and its trace. */
const TIMES_IN_ORDER: readonly string[] = ['trace:start', 'span:start', 'span:end', 'trace:end'];

function ofTimes(operator: ComparisonOperator, left: Operand, right: Operand): Outcome {
  const [a, b] = [left.field, right.field];
  if (a?.kind !== 'intrinsic' || b?.kind !== 'intrinsic') return OPEN;
  if (a.bound?.text !== b.bound?.text || a.hop !== b.hop) return OPEN;
  const [first, second] = [TIMES_IN_ORDER.indexOf(a.name), TIMES_IN_ORDER.indexOf(b.name)];
  if (first < 0 || second < 0 || first === second) return OPEN;
  const impossible = first < second ? '>' : '<';
  const certain = first < second ? '<=' : '>=';
  if (operator !== impossible && operator !== certain) return OPEN;
  const [early, late] = first < second ? [a, b] : [b, a];
  const why = `\`${printField(late)}\` is never before \`${printField(early)}\``;
  const sure = a.hop === 'self';
  if (operator === certain) return sure ? { truth: 'always', why } : OPEN;
  return { truth: sure ? 'false' : 'never', why };
}

const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=~': '=~',
  '!~': '!~',
};

function presence(operator: ComparisonOperator, left: Operand, right: Operand): Outcome {
  const other = left.type === 'nil' ? right : left;
  if (other.type === 'nil') return { truth: 'false', why: 'in TraceQL nil compared with nil is false' };
  // `= nil` on such a field is an error already.
  if (operator !== '!=' || !other.field || !isNeverMissing(other.field)) return OPEN;
  return { truth: 'always', why: `\`${printField(other.field)}\` is never missing` };
}

function literals(operator: ComparisonOperator, left: Literal, right: Literal): Outcome {
  if (operator === '=~' || operator === '!~' || !areComparable(left.kind, right.kind)) return OPEN;
  // What is wrong is said of the field.
  if (quotedField(left, right)) return OPEN;
  const order = compareLiterals(left, right);
  if (order === undefined) return OPEN;
  return { truth: holds(operator, order) ? 'always' : 'false', why: 'both sides are constants' };
}

/** Whether a value that compares so to another (below 0: less) satisfies the comparison with it. */
export function holds(operator: ComparisonOperator, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '=~':
    case '!~':
      return false;
  }
}

/** The order of two literals: negative, zero or positive; undefined where they have none. */
export function compareLiterals(left: Literal, right: Literal): number | undefined {
  const [a, b] = [numeric(left), numeric(right)];
  if (a !== undefined && b !== undefined) {
    if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0;
    return Number(a) < Number(b) ? -1 : Number(a) > Number(b) ? 1 : 0;
  }
  if (left.kind === 'nil' || right.kind === 'nil' || left.kind !== right.kind) return undefined;
  const [x, y] = [String(left.value), String(right.value)];
  return x === y ? 0 : x < y ? -1 : 1;
}

function numeric(literal: Literal): bigint | number | undefined {
  switch (literal.kind) {
    case 'int':
    case 'duration':
    case 'time':
    case 'float':
      return literal.value;
    default:
      return undefined;
  }
}

function withLiteral(operator: ComparisonOperator, side: Operand, constant: Operand): Outcome {
  const literal = constant.literal as Literal;
  const name = side.field ? `\`${printField(side.field)}\`` : 'it';
  if (side.type === 'dynamic') {
    if (literal.kind === 'status' || literal.kind === 'kind') {
      // `span.status = error` means the status of the span, which is said of the field.
      const isLookalike = side.field?.kind === 'attribute' && side.field.key === literal.kind;
      const fix = isLookalike ? undefined : literalFix(constant, 'string');
      return {
        truth: 'never',
        why: `an attribute such as ${name} never holds ${describeType(literal.kind)}; compare it with ${JSON.stringify(literal.value)}`,
        ...(fix ? { fixes: [fix] } : {}),
      };
    }
    const isOrder = operator !== '=' && operator !== '!=' && operator !== '=~' && operator !== '!~';
    return isOrder && !isOrdered(literal.kind)
      ? { truth: 'never', why: `${describeType(literal.kind)} has no order` }
      : OPEN;
  }
  const id = idOutcome(operator, side, literal, name);
  if (id !== undefined) return id;
  if (side.least === undefined) return OPEN;
  if (operator === '=' && side.type === 'int' && literal.kind === 'float' && !Number.isInteger(literal.value))
    return { truth: 'false', why: `${name === 'it' ? 'a count' : name} is a whole number` };
  const order = compareLiterals(literal, { kind: 'int', value: side.least, raw: '', range: constant.range });
  return order === undefined ? OPEN : againstLeast(operator, order, side, name);
}

/** Ids are of hexadecimal digits, which `trace:id = "xyz"` forgets. */
function idOutcome(
  operator: ComparisonOperator,
  { field }: Operand,
  literal: Literal,
  name: string,
): Outcome | undefined {
  if (operator !== '=' || literal.kind !== 'string' || field?.kind !== 'intrinsic') return undefined;
  if (!/(?:ID|:id)$/u.test(field.name) || /^[0-9a-f]*$/iu.test(literal.value)) return undefined;
  return { truth: isNeverMissing(field) ? 'false' : 'never', why: `${name} is an id, of hexadecimal digits` };
}

/** A side that is never less than `least`, compared with a constant that is below it (`order` < 0), at it, or above. */
function againstLeast(operator: ComparisonOperator, order: number, side: Operand, name: string): Outcome {
  const impossible =
    (operator === '<' && order <= 0) || ((operator === '<=' || operator === '=') && order < 0);
  const certain = (operator === '>=' && order <= 0) || ((operator === '>' || operator === '!=') && order < 0);
  if (!impossible && !certain) return OPEN;
  const why = `${name === 'it' ? 'a count' : name} is never less than ${side.least}`;
  // The parent or root may be missing, and with it the field.
  const sure = !side.field || isNeverMissing(side.field);
  if (certain) return sure ? { truth: 'always', why } : OPEN;
  return { truth: sure ? 'false' : 'never', why };
}

import type {
  AggregateExpression,
  Call,
  FieldExpression,
  Literal,
  Pattern,
  Pipeline,
  Scalar,
  SpansetExpression,
  Stage,
} from '../tree/ast.js';
import { durationText, floatText, MIN_INT, quoteString } from '../tree/literals.js';
import { timeText } from '../tree/literals-time.js';
import { printField } from './print-field.js';

/** A literal from its value, so that `1e3` and `1000.0`, or `60s` and `1m`, print alike. */
export function printLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'string':
      return quoteString(literal.value);
    case 'int':
      return literal.value === MIN_INT ? 'minInt' : String(literal.value);
    case 'float':
      return floatText(literal.value);
    case 'duration':
      return durationText(literal.value);
    case 'time':
      return timeText(literal.value);
    case 'bool':
      return String(literal.value);
    case 'status':
    case 'kind':
      return literal.value;
    case 'nil':
      return 'nil';
  }
}

/** `(1, 2)`. */
export function printValues(values: readonly Literal[]): string {
  return `(${values.map(printLiteral).join(', ')})`;
}

/** How tightly the operators of an expression bind; an atom needs no parentheses anywhere. */
const LOGIC = 1;
const COMPARISON = 2;
const SUM = 3;
const PREFIX = 4;
const PRODUCT = 5;
const POWER = 6;
const ATOM = 7;

type Expression = FieldExpression | AggregateExpression | Scalar;

function level(node: Expression): number {
  switch (node.kind) {
    case 'binary':
      switch (node.operator) {
        case '&&':
        case '||':
          return LOGIC;
        case '+':
        case '-':
          return SUM;
        case '*':
        case '/':
        case '%':
          return PRODUCT;
        case '^':
          return POWER;
        default:
          return COMPARISON;
      }
    case 'in':
      return COMPARISON;
    case 'unary':
    case 'negate':
      return PREFIX;
    default:
      return ATOM;
  }
}

/** Whether a product or power ends in a prefixed part, which would swallow what is written behind it. */
function isOpen(node: Expression): boolean {
  const here = level(node);
  if (here === PREFIX) return true;
  return node.kind === 'binary' && here >= PRODUCT && isOpen(node.right);
}

function needsParens(child: Expression, parent: number, side: 'left' | 'right'): boolean {
  const inner = level(child);
  switch (parent) {
    case POWER:
      return side === 'left' ? inner < ATOM : inner < POWER && inner !== PREFIX;
    case PRODUCT:
      return side === 'left' ? inner < PRODUCT || isOpen(child) : inner <= PRODUCT && inner !== PREFIX;
    case PREFIX:
      return inner < PREFIX;
    default:
      return side === 'left' ? inner < parent : inner <= parent;
  }
}

function operand<T extends Expression>(
  child: T,
  parent: number,
  side: 'left' | 'right',
  print: (node: T) => string,
): string {
  return needsParens(child, parent, side) ? `(${print(child)})` : print(child);
}

function printBinary<T extends Expression>(
  node: { readonly operator: string; readonly left: T; readonly right: T } & Expression,
  print: (node: T) => string,
): string {
  const here = level(node);
  return `${operand(node.left, here, 'left', print)} ${node.operator} ${operand(node.right, here, 'right', print)}`;
}

/** The text between `{` and `}`. */
export function printExpression(node: FieldExpression): string {
  switch (node.kind) {
    case 'literal':
      return printLiteral(node.literal);
    case 'field':
      return printField(node.field);
    case 'unary':
      return `${node.operator}${operand(node.operand, PREFIX, 'right', printExpression)}`;
    case 'binary':
      return printBinary(node, printExpression);
    case 'call':
      return printCall(node, printExpression);
    case 'parameter':
      return node.name.text;
    case 'in': {
      const among = node.items.length > 0 ? printValues(node.items) : (node.list?.text ?? '()');
      return `${operand(node.operand, COMPARISON, 'left', printExpression)}${node.negated ? ' not' : ''} in ${among}`;
    }
  }
}

function printCall<T extends Expression>(
  { function: name, operand, zone }: Call<T>,
  print: (node: T) => string,
): string {
  return `${name}(${printValue(operand, print)}${zone === undefined ? '' : `, ${printLiteral(zone)}`})`;
}

/** Where a value is by itself and no comparison can. */
function printValue<T extends Expression>(node: T, print: (node: T) => string): string {
  return operand(node, SUM, 'left', print);
}

export function printAggregate(node: AggregateExpression): string {
  switch (node.kind) {
    case 'literal':
      return printLiteral(node.literal);
    case 'parameter':
      return node.name.text;
    case 'call':
      return `${node.function}(${node.argument === undefined ? '' : printExpression(node.argument)})`;
    case 'negate':
      return `-${operand(node.operand, PREFIX, 'right', printAggregate)}`;
    case 'binary':
      return printBinary(node, printAggregate);
  }
}

export function printScalar(node: Scalar): string {
  switch (node.kind) {
    case 'literal':
      return printLiteral(node.literal);
    case 'field':
      return printField(node.field);
    case 'count':
      return `count(${printPattern(node.pattern)})`;
    case 'aggregate': {
      const quantile = node.quantile === undefined ? '' : `, ${printLiteral(node.quantile)}`;
      return `${node.function}(${printPattern(node.pattern)}, ${printExpression(node.field)}${quantile})`;
    }
    case 'call':
      return printCall(node, printScalar);
    case 'negate':
      return `-${operand(node.operand, PREFIX, 'right', printScalar)}`;
    case 'binary':
      return printBinary(node, printScalar);
  }
}

export function printPattern({ pipeline, where, as }: Pattern): string {
  const narrowed = where === undefined ? '' : ` where ${printExpression(where)}`;
  return `${printPipeline(pipeline)}${narrowed}${as === undefined ? '' : ` as ${as.text}`}`;
}

export function printPipeline({ stages }: Pipeline): string {
  return stages.map(printStage).join(' | ');
}

export function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'spanset':
      return printSpansets(stage.expression);
    case 'by':
      return `by(${stage.expressions.map(printExpression).join(', ')})`;
    case 'coalesce':
      return 'coalesce()';
    case 'select':
      return `select(${stage.fields.map(printField).join(', ')})`;
    case 'aggregate':
      return `${printAggregate(stage.left)} ${stage.operator} ${printAggregate(stage.right)}`;
  }
}

export function printSpansets(node: SpansetExpression): string {
  switch (node.kind) {
    case 'filter':
      return node.expression === undefined ? '{ }' : `{ ${printExpression(node.expression)} }`;
    case 'name':
      return node.arguments === undefined
        ? node.name.text
        : `${node.name.text}(${node.arguments.map((argument) => printValue(argument, printExpression)).join(', ')})`;
    case 'group':
      return `(${printPipeline(node.pipeline)})`;
    case 'operation': {
      const here = spansetLevel(node);
      const left =
        spansetLevel(node.left) < here ? `(${printSpansets(node.left)})` : printSpansets(node.left);
      const right =
        spansetLevel(node.right) <= here ? `(${printSpansets(node.right)})` : printSpansets(node.right);
      return `${left} ${node.operator} ${right}`;
    }
  }
}

export function spansetLevel(node: SpansetExpression): number {
  if (node.kind !== 'operation') return 3;
  return node.operator === '&&' || node.operator === '||' ? 1 : 2;
}

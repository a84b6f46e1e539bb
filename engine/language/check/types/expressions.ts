import { printField } from '../../print/print-field.js';
import { replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type { BinaryExpression, FieldExpression, InExpression, UnaryExpression } from '../../tree/ast.js';
import {
  areComparable,
  arithmeticType,
  describeType,
  isNumeric,
  isOpen,
  type StaticType,
} from '../../tree/types.js';
import { checkCall } from './calls.js';
import { checkComparison, checkQuoted, checkTime } from './comparison.js';
import { literalFix } from './literal-fix.js';
import { expressionOperand, literalOperand } from './operand.js';

/** Checks the expression of a filter or of `where`: true, false or an attribute. */
export function checkFilter(expression: FieldExpression, report: Report): void {
  const type = typeOf(expression, report);
  if (type === 'bool' || isOpen(type)) return;
  if (expression.kind === 'literal' && (type === 'status' || type === 'kind')) {
    const text = `${type} = ${'value' in expression.literal ? expression.literal.value : ''}`;
    report(
      'BT2201',
      expression.range,
      `A filter is true or false; this is ${describeType(type)}. Write \`${text}\`.`,
      {
        fixes: [replaceFix(`Write ${text}`, expression.range, text)],
      },
    );
    return;
  }
  report(
    'BT2201',
    expression.range,
    `A filter is true or false; this is ${describeType(type)}. Compare it with something, such as \`${example(expression, type)}\`.`,
  );
}

function example(expression: FieldExpression, type: StaticType): string {
  const subject = expression.kind === 'field' ? printField(expression.field) : '…';
  const values: Partial<Record<StaticType, string>> = {
    string: '= "…"',
    duration: '> 1s',
    status: '= error',
    kind: '= server',
    time: '> @2026-12-31',
  };
  return `${subject} ${values[type] ?? '> 0'}`;
}

/** The type of an expression; what is wrong inside is reported on the way. */
export function typeOf(expression: FieldExpression, report: Report): StaticType {
  switch (expression.kind) {
    case 'literal':
      return expression.literal.kind;
    case 'field':
      return expressionOperand(expression, 'unknown').type;
    case 'unary':
      return typeOfUnary(expression, report);
    case 'binary':
      return typeOfBinary(expression, report);
    case 'in':
      checkIn(expression, report);
      return 'bool';
    case 'parameter':
      // What it is, is known where the pattern is used.
      return 'unknown';
    case 'call': {
      const type = typeOf(expression.operand, report);
      return checkCall(expression, expressionOperand(expression.operand, type), report);
    }
  }
}

function typeOfUnary(expression: UnaryExpression, report: Report): StaticType {
  const type = typeOf(expression.operand, report);
  if (expression.operator === '!') {
    checkTruth('!', expression.operand, type, report);
    return 'bool';
  }
  if (isNumeric(type) || isOpen(type)) return type;
  report('BT2212', expression.operand.range, `\`-\` takes a number; this is ${describeType(type)}.`);
  return 'unknown';
}

function checkTruth(operator: string, operand: FieldExpression, type: StaticType, report: Report): void {
  if (type === 'bool' || isOpen(type)) return;
  report(
    'BT2211',
    operand.range,
    `\`${operator}\` joins what is true or false; this is ${describeType(type)}. Compare it with something, such as \`${example(operand, type)}\`.`,
  );
}

/** Chains of operators lean to the left and may be long, so they are walked in a loop. */
function typeOfBinary(expression: BinaryExpression, report: Report): StaticType {
  const chain: BinaryExpression[] = [];
  let first: FieldExpression = expression;
  while (first.kind === 'binary') {
    chain.push(first);
    first = first.left;
  }
  let type = typeOf(first, report);
  for (const node of chain.reverse()) type = typeOfStep(node, type, report);
  return type;
}

function typeOfStep(node: BinaryExpression, left: StaticType, report: Report): StaticType {
  const right = typeOf(node.right, report);
  switch (node.operator) {
    case '&&':
    case '||':
      checkTruth(node.operator, node.left, left, report);
      checkTruth(node.operator, node.right, right, report);
      return 'bool';
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^': {
      const type = arithmeticType(node.operator, left, right);
      if (type !== undefined) return type;
      report('BT2212', node.range, arithmeticMessage(node.operator, left, right));
      return 'unknown';
    }
    default:
      checkComparison(
        node.operator,
        expressionOperand(node.left, left),
        expressionOperand(node.right, right),
        report,
      );
      return 'bool';
  }
}

/** What a calculation of these types lacks. */
export function arithmeticMessage(operator: string, left: StaticType, right: StaticType): string {
  const sides = `${describeType(left)} \`${operator}\` ${describeType(right)}`;
  return left === 'time' || right === 'time'
    ? `${sides} has no meaning: of times, the difference of two is a duration, and a duration can be added or taken away.`
    : `Arithmetic takes numbers and durations, not ${sides}.`;
}

function checkIn(expression: InExpression, report: Report): void {
  const type = typeOf(expression.operand, report);
  const operand = expressionOperand(expression.operand, type);
  const [first] = expression.items;
  if (operand.literal && first && checkQuoted(operand.literal, literalOperand(first), report)) return;
  for (const item of expression.items) {
    const side = literalOperand(item);
    if (!areComparable(type, side.type)) {
      const fix = literalFix(side, type);
      const name = operand.field ? `\`${printField(operand.field)}\`` : 'the left side';
      report(
        type === 'string' ? 'BT2215' : 'BT2202',
        item.range,
        `${name} is ${describeType(type)} and never equals ${describeType(side.type)}${fix ? `; write \`${fix.edits[0]?.newText}\`` : ''}.`,
        fix ? { fixes: [fix] } : {},
      );
    } else if (type === 'time' || side.type === 'time') {
      checkTime(operand, side, report);
    } else if (first && !areComparable(first.kind, item.kind)) {
      report(
        'BT2215',
        item.range,
        `This list begins with ${describeType(first.kind)}; ${describeType(item.kind)} in it is most likely a slip.`,
      );
    }
  }
}

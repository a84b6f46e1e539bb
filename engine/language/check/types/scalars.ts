import { replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type { CompareTest, Condition, FloatLiteral, IntLiteral, Scalar } from '../../tree/ast.js';
import { arithmeticType, describeType, isNumeric, isOpen } from '../../tree/types.js';
import { checkCall } from './calls.js';
import { checkComparison } from './comparison.js';
import { arithmeticMessage } from './expressions.js';
import { type Operand, scalarOperand } from './operand.js';
import { aggregateType, checkKey, checkMeasure } from './pipelines.js';

/** Checks the types of every comparison of scalars in a condition; the patterns in them are checked elsewhere. */
export function checkScalars(condition: Condition, report: Report): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const operand of condition.operands) checkScalars(operand, report);
      return;
    case 'not':
      checkScalars(condition.operand, report);
      return;
    case 'compare':
      checkCompareTest(condition, report);
      return;
    case 'exists':
    case 'relation':
    case 'sequence':
  }
}

function checkCompareTest({ operator, left, right }: CompareTest, report: Report): void {
  checkComparison(operator, checkedOperand(left, report), checkedOperand(right, report), report);
}

function checkedOperand(scalar: Scalar, report: Report): Operand {
  switch (scalar.kind) {
    case 'literal':
      return scalarOperand(scalar, scalar.literal.kind);
    case 'field':
      return scalarOperand(scalar, 'unknown');
    case 'count':
      return scalarOperand(scalar, 'int');
    case 'aggregate': {
      if (scalar.function === 'distinct') {
        checkKey('distinct', scalar.field, report);
        return scalarOperand(scalar, 'int');
      }
      if (scalar.quantile) checkQuantile(scalar.quantile, report);
      const measured = checkMeasure(scalar.function, scalar.field, report);
      return scalarOperand(scalar, aggregateType(scalar.function, measured));
    }
    case 'negate': {
      const { type, range } = checkedOperand(scalar.operand, report);
      if (isNumeric(type) || isOpen(type)) return scalarOperand(scalar, type);
      report('BT2212', range, `\`-\` takes a number; this is ${describeType(type)}.`);
      return { type: 'unknown', range: scalar.range };
    }
    case 'call': {
      const type = checkCall(scalar, checkedOperand(scalar.operand, report), report);
      return scalarOperand(scalar, type);
    }
    case 'binary': {
      const left = checkedOperand(scalar.left, report).type;
      const right = checkedOperand(scalar.right, report).type;
      const type = arithmeticType(scalar.operator, left, right);
      if (type === undefined) {
        report('BT2212', scalar.range, arithmeticMessage(scalar.operator, left, right));
      }
      return scalarOperand(scalar, type ?? 'unknown');
    }
  }
}

/** Reports a quantile outside 0 to 1. */
export function checkQuantile(quantile: FloatLiteral | IntLiteral, report: Report): void {
  const value = Number(quantile.value);
  if (value >= 0 && value <= 1) return;
  const share = value > 1 && value <= 100 ? String(value / 100) : undefined;
  report(
    'BT2213',
    quantile.range,
    `A quantile is between 0 and 1${share ? `; the ${value}th percentile is ${share}` : ''}.`,
    share ? { fixes: [replaceFix(`Change to ${share}`, quantile.range, share)] } : {},
  );
}

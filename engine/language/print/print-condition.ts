import type { Bound, Condition, SequenceStep } from '../tree/ast.js';
import { printLiteral, printPattern, printScalar } from './print-expression.js';

/** What follows `when`, `always` or `never`. */
export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.map((operand) => inside(operand, condition.kind)).join(` ${condition.kind} `);
    case 'not':
      return `not ${inside(condition.operand, 'not')}`;
    case 'exists':
      return `${condition.explicit ? 'exists ' : ''}${printPattern(condition.pattern)}`;
    case 'relation': {
      const references = condition.references.map(printPattern).join(' and ');
      return `${printPattern(condition.pattern)} ${condition.relation} ${references}${printBound(condition.bound)}`;
    }
    case 'sequence':
      return `${condition.steps.map(printStep).join(' ')}${printBound(condition.bound)}`;
    case 'compare':
      return `${printScalar(condition.left)} ${condition.operator} ${printScalar(condition.right)}`;
  }
}

/** An operand, in parentheses where it binds no tighter than what is around it. */
function inside(operand: Condition, outer: 'and' | 'or' | 'not'): string {
  const text = printCondition(operand);
  const looser = operand.kind === 'or' || (operand.kind === 'and' && outer !== 'or');
  return looser ? `(${text})` : text;
}

function printStep({ link, without, pattern }: SequenceStep): string {
  const excluded = without.map((value) => `then not ${printPattern(value)} `).join('');
  return `${excluded}${link === 'first' ? '' : `${link} `}${printPattern(pattern)}`;
}

function printBound({ within, atLeast }: Bound): string {
  const upper = within === undefined ? '' : ` within ${printLiteral(within)}`;
  const lower = atLeast === undefined ? '' : ` at least ${printLiteral(atLeast)}`;
  return `${upper}${lower}`;
}

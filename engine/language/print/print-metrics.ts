import type {
  LabelMatching,
  MetricsExpression,
  MetricsFunction,
  MetricsNumber,
  MetricsStep,
  MetricsTest,
  ViolationLabel,
  ViolationMetrics,
} from '../tree/ast-query.js';
import { PRIOR } from '../words/metrics-words.js';
import { printLiteral, printPipeline, printSpansets } from './print-expression.js';
import { printField } from './print-field.js';

/** A metrics expression that is by itself. */
export function printMetrics(node: MetricsExpression): string {
  const steps = node.steps.map(printStep).join('');
  if (node.kind === 'selection') {
    const series = `${printPipeline(node.pipeline)} | ${printMetricsFunction(node.function)}${steps}`;
    return node.prior === undefined ? series : `${PRIOR}(${printLiteral(node.prior)}, ${series})`;
  }
  return `${printOperation(node)}${steps}`;
}

function printOperation(node: Extract<MetricsExpression, { kind: 'operation' }>): string {
  const { operator, matching } = node;
  const between = matching === undefined ? operator : `${operator} ${printMatching(matching)}`;
  return `${printOperand(node.left, node, 'left')} ${between} ${printOperand(node.right, node, 'right')}`;
}

export function printMatching({ kind, labels }: LabelMatching): string {
  return `${kind} (${labels.map(printField).join(', ')})`;
}

type Binary = { readonly operator: '+' | '-' | '*' | '/' };

function printOperand(
  operand: MetricsExpression | MetricsNumber,
  parent: Binary,
  side: 'left' | 'right',
): string {
  switch (operand.kind) {
    case 'selection':
      return operand.prior === undefined ? `(${printMetrics(operand)})` : printMetrics(operand);
    case 'operation':
      return grouped(printOperation(operand), operand, parent, side);
    case 'binary':
      // Numbers are folded among themselves, so next to a series they keep together only in parentheses.
      return side === 'right'
        ? `(${printNumber(operand)})`
        : grouped(printNumber(operand), operand, parent, side);
    case 'literal':
    case 'negate':
      return printNumber(operand);
  }
}

function grouped(text: string, child: Binary, parent: Binary, side: 'left' | 'right'): string {
  const isLooser = side === 'left' ? level(child) < level(parent) : level(child) <= level(parent);
  return isLooser ? `(${text})` : text;
}

function level({ operator }: Binary): number {
  return operator === '+' || operator === '-' ? 1 : 2;
}

function printNumber(node: MetricsNumber): string {
  switch (node.kind) {
    case 'literal':
      return printLiteral(node.literal);
    case 'negate':
      return node.operand.kind === 'binary'
        ? `-(${printNumber(node.operand)})`
        : `-${printNumber(node.operand)}`;
    case 'binary': {
      const side = (child: MetricsNumber, place: 'left' | 'right'): string =>
        child.kind === 'binary' ? grouped(printNumber(child), child, node, place) : printNumber(child);
      return `${side(node.left, 'left')} ${node.operator} ${side(node.right, 'right')}`;
    }
  }
}

function printMetricsFunction(fn: MetricsFunction): string {
  switch (fn.kind) {
    case 'rate':
    case 'count_over_time':
      return `${fn.kind}()${printBy(fn.by)}`;
    case 'quantile_over_time':
      return `${fn.kind}(${[printField(fn.field), ...fn.quantiles.map(printLiteral)].join(', ')})${printBy(fn.by)}`;
    case 'compare': {
      const numbers = [fn.top, fn.start, fn.end].flatMap((value) => (value === undefined ? [] : [value]));
      return `compare(${[printSpansets(fn.selection), ...numbers.map(printLiteral)].join(', ')})`;
    }
    default:
      return `${fn.kind}(${printField(fn.field)})${printBy(fn.by)}`;
  }
}

export function printViolationMetrics({ kind, by, steps }: ViolationMetrics): string {
  const labels = by.map(printViolationLabel).join(', ');
  return `${kind}()${by.length === 0 ? '' : ` by (${labels})`}${steps.map(printStep).join('')}`;
}

export function printViolationLabel(label: ViolationLabel): string {
  return label.kind === 'fact' ? label.name : printField(label);
}

function printBy(fields: readonly Parameters<typeof printField>[0][]): string {
  return fields.length === 0 ? '' : ` by (${fields.map(printField).join(', ')})`;
}

function printStep(step: MetricsStep): string {
  switch (step.kind) {
    case 'topk':
    case 'bottomk':
      return ` | ${step.kind}(${printLiteral(step.count)})`;
    case 'threshold':
      return ` ${step.operator} ${printNumber(step.value)}`;
  }
}

/** What follows `when`, `always` or `never` in a rule over many traces. */
export function printMetricsTest({ series, operator, value }: MetricsTest): string {
  return `${printMetrics(series)} ${operator} ${printNumber(value)}`;
}

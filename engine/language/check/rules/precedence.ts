import { printExpression, printSpansets } from '../../print/print-expression.js';
import { type Fix, guesses } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type {
  BinaryExpression,
  FieldExpression,
  Pipeline,
  SpansetExpression,
  SpansetOperation,
} from '../../tree/ast.js';
import { pipelineExpressions, spansetsOf } from '../../tree/walk.js';

/** Warns where `&&` follows `||` without parentheses, which is read from the left and not as elsewhere. */
export function checkPrecedence(pipeline: Pipeline, report: Report): void {
  for (const expression of pipelineExpressions(pipeline)) checkExpressionPrecedence(expression, report);
  for (const spansets of spansetsOf(pipeline)) {
    if (spansets.kind !== 'operation' || spansets.operator !== '&&') continue;
    const { left } = spansets;
    if (left.kind === 'operation' && left.operator === '||') reportSpansets(spansets, left, report);
  }
}

/** The same for the expression of a `where`. */
export function checkExpressionPrecedence(expression: FieldExpression, report: Report): void {
  const open: FieldExpression[] = [expression];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'unary' || next.kind === 'in' || next.kind === 'call') open.push(next.operand);
    if (next.kind !== 'binary') continue;
    open.push(next.right, next.left);
    const { left } = next;
    if (next.operator !== '&&' || left.kind !== 'binary' || left.operator !== '||' || left.parens) continue;
    reportExpression(next, left, report);
  }
}

function reportExpression(node: BinaryExpression, left: BinaryExpression, report: Report): void {
  const [a, b, c] = [left.left, left.right, node.right].map((part) => shortened(printExpression(part)));
  const fixes = [wrap(`Write (${a} || ${b}) && ${c}, as it is read`, left.range.start, left.range.end)];
  // Where the parts have parentheses of their own, their ranges do not say where those end.
  if (!left.right.parens && !node.right.parens) {
    fixes.push(wrap(`Write ${a} || (${b} && ${c})`, left.right.range.start, node.right.range.end));
  }
  report('BT2310', node.range, message(a, b, c), { fixes: guesses(fixes) });
}

function reportSpansets(node: SpansetOperation, left: SpansetOperation, report: Report): void {
  const [a, b, c] = [left.left, left.right, node.right].map((part: SpansetExpression) =>
    shortened(printSpansets(part)),
  );
  report('BT2310', node.range, message(a, b, c), {
    fixes: [
      wrap(`Write (${a} || ${b}) && ${c}, as it is read`, left.range.start, left.range.end),
      wrap(`Write ${a} || (${b} && ${c})`, left.right.range.start, node.right.range.end),
    ],
  });
}

function message(a = '', b = '', c = ''): string {
  return `\`&&\` and \`||\` bind equally tightly and are read from the left: (${a} || ${b}) && ${c}. Write the parentheses.`;
}

function wrap(title: string, start: number, end: number): Fix {
  return {
    title,
    edits: [
      { range: { start, end: start }, newText: '(' },
      { range: { start: end, end }, newText: ')' },
    ],
  };
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 38)}…` : text;
}

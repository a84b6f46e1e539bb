import type { Pattern, Pipeline, SpansetExpression, Stage } from './ast.js';
import { printAggregate, printExpression } from './print-expression.js';
import { printField } from './print-field.js';

export function printPattern({ pipeline, where, as }: Pattern): string {
  const narrowed = where === undefined ? '' : ` where ${printExpression(where)}`;
  return `${printPipeline(pipeline)}${narrowed}${as === undefined ? '' : ` as ${as.text}`}`;
}

export function printPipeline({ stages }: Pipeline): string {
  return stages.map(printStage).join(' | ');
}

function printStage(stage: Stage): string {
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
      return node.name.text;
    case 'group':
      return `(${printPipeline(node.pipeline)})`;
    case 'operation': {
      const here = level(node);
      const left = level(node.left) < here ? `(${printSpansets(node.left)})` : printSpansets(node.left);
      const right = level(node.right) <= here ? `(${printSpansets(node.right)})` : printSpansets(node.right);
      return `${left} ${node.operator} ${right}`;
    }
  }
}

function level(node: SpansetExpression): number {
  if (node.kind !== 'operation') return 3;
  return node.operator === '&&' || node.operator === '||' ? 1 : 2;
}

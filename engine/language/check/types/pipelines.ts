import type { Report } from '../../problems/report.js';
import type {
  AggregateCall,
  AggregateExpression,
  FieldExpression,
  Pipeline,
  SpansetExpression,
  Stage,
} from '../../tree/ast.js';
import { arithmeticType, describeType, isNumeric, isOpen, type StaticType } from '../../tree/types.js';
import { fieldsOf } from '../../tree/walk.js';
import { parametersIn } from '../../tree/walk-tree.js';
import { checkComparison } from './comparison.js';
import { arithmeticMessage, checkFilter, typeOf } from './expressions.js';
import { literalOperand, negatedLiteral, type Operand } from './operand.js';

/** Checks the types of the filters and stages of a pipeline. */
export function checkPipeline(pipeline: Pipeline, report: Report): void {
  for (const stage of pipeline.stages) checkStage(stage, report);
}

function checkStage(stage: Stage, report: Report): void {
  switch (stage.kind) {
    case 'spanset':
      checkSpansets(stage.expression, report);
      return;
    case 'by':
      for (const expression of stage.expressions) checkKey('by', expression, report);
      return;
    case 'aggregate':
      checkComparison(
        stage.operator,
        aggregateOperand(stage.left, report),
        aggregateOperand(stage.right, report),
        report,
      );
      return;
    case 'select':
    case 'coalesce':
  }
}

function checkSpansets(expression: SpansetExpression, report: Report): void {
  // Chains lean to the left and may be long.
  let node = expression;
  while (node.kind === 'operation') {
    checkSpansets(node.right, report);
    node = node.left;
  }
  if (node.kind === 'filter' && node.expression) checkFilter(node.expression, report);
  if (node.kind === 'group') checkPipeline(node.pipeline, report);
  if (node.kind === 'name') for (const given of node.arguments ?? []) typeOf(given, report);
}

/** Checks what `by` groups by, `distinct` counts or an aggregate adds up: it must be read from spans. */
export function checkKey(name: string, expression: FieldExpression, report: Report): StaticType {
  const type = typeOf(expression, report);
  if (fieldsOf(expression).next().done && parametersIn(expression).length === 0) {
    report(
      'BT2209',
      expression.range,
      `\`${name}\` takes something that is read from the span, such as \`span.http.route\`; this is the same for all.`,
    );
    return 'unknown';
  }
  return type;
}

/** The same for `sum` and the like, which take numbers. */
export function checkMeasure(name: string, expression: FieldExpression, report: Report): StaticType {
  const type = checkKey(name, expression, report);
  if (isNumeric(type) || isOpen(type)) return type;
  report(
    'BT2210',
    expression.range,
    `\`${name}\` takes a number or a duration; this is ${describeType(type)}.`,
  );
  return 'unknown';
}

/** The type that an aggregate of values of a type has. */
export function aggregateType(
  name: AggregateCall['function'] | 'quantile',
  staticType: StaticType,
): StaticType {
  if (name === 'count') return 'int';
  if (staticType === 'unknown') return 'unknown';
  // An attribute that is no number is passed over, so that a number comes out.
  if (staticType === 'dynamic') return 'float';
  return staticType === 'int' && (name === 'avg' || name === 'quantile') ? 'float' : staticType;
}

/** One side of an aggregate stage. */
export function aggregateOperand(expression: AggregateExpression, report: Report): Operand {
  const { range } = expression;
  switch (expression.kind) {
    case 'literal':
      return literalOperand(expression.literal, range);
    case 'parameter':
      return { type: 'unknown', range };
    case 'call': {
      const { argument } = expression;
      if (!argument) return { type: 'int', range, least: 0n };
      const measured = checkMeasure(expression.function, argument, report);
      return { type: aggregateType(expression.function, measured), range };
    }
    case 'negate': {
      const inner = aggregateOperand(expression.operand, report);
      const literal = inner.literal && negatedLiteral(inner.literal, range);
      if (literal) return literalOperand(literal, range);
      if (isNumeric(inner.type) || isOpen(inner.type)) return { type: inner.type, range };
      report('BT2212', inner.range, `\`-\` takes a number; this is ${describeType(inner.type)}.`);
      return { type: 'unknown', range };
    }
    case 'binary': {
      const left = aggregateOperand(expression.left, report).type;
      const right = aggregateOperand(expression.right, report).type;
      const type = arithmeticType(expression.operator, left, right);
      if (type === undefined) report('BT2212', range, arithmeticMessage(expression.operator, left, right));
      return { type: type ?? 'unknown', range };
    }
  }
}

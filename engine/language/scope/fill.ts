import type {
  AggregateExpression,
  FieldExpression,
  Literal,
  Pipeline,
  Range,
  SpansetExpression,
  Stage,
} from '../tree/ast.js';

/** What is put in the place of names that stand for values. */
export interface Filling {
  /** Of the let that the expression is in; a parameter that is not among them stays. */
  readonly parameters: ReadonlyMap<string, FieldExpression>;
  /** The values of a list; undefined for a name that is none, or whose file cannot be read. */
  readonly list: (name: string) => readonly Literal[] | undefined;
}

/** Replaces parameters by values and names of lists by their values; what has neither stays the same object. */
export function fillExpression(expression: FieldExpression, filling: Filling): FieldExpression {
  const inner = (fieldExpression: FieldExpression): FieldExpression =>
    fillExpression(fieldExpression, filling);
  switch (expression.kind) {
    case 'literal':
    case 'field':
      return expression;
    case 'parameter':
      return filling.parameters.get(expression.name.text) ?? expression;
    case 'unary':
    case 'call':
      return { ...expression, operand: inner(expression.operand) };
    case 'binary':
      return { ...expression, left: inner(expression.left), right: inner(expression.right) };
    case 'in': {
      const { list } = expression;
      const values = list === undefined ? undefined : filling.list(list.text);
      const operand = inner(expression.operand);
      return values === undefined || list === undefined
        ? { ...expression, operand }
        : { ...expression, operand, items: values.map((value) => ({ ...value, range: list.range })) };
    }
  }
}

/** The same of all expressions in a pipeline. Names of patterns stay; what they are given is filled in. */
export function fillPipeline(pipeline: Pipeline, filling: Filling): Pipeline {
  return { ...pipeline, stages: pipeline.stages.map((stage) => fillStage(stage, filling)) };
}

function fillStage(stage: Stage, filling: Filling): Stage {
  switch (stage.kind) {
    case 'spanset':
      return { ...stage, expression: fillSpansets(stage.expression, filling) };
    case 'by':
      return {
        ...stage,
        expressions: stage.expressions.map((expression) => fillExpression(expression, filling)),
      };
    case 'aggregate':
      return {
        ...stage,
        left: fillAggregate(stage.left, filling),
        right: fillAggregate(stage.right, filling),
      };
    case 'select':
    case 'coalesce':
      return stage;
  }
}

function fillSpansets(node: SpansetExpression, filling: Filling): SpansetExpression {
  switch (node.kind) {
    case 'filter':
      return node.expression === undefined
        ? node
        : { ...node, expression: fillExpression(node.expression, filling) };
    case 'name':
      return node.arguments === undefined
        ? node
        : { ...node, arguments: node.arguments.map((argument) => fillExpression(argument, filling)) };
    case 'group':
      return { ...node, pipeline: fillPipeline(node.pipeline, filling) };
    case 'operation':
      return { ...node, left: fillSpansets(node.left, filling), right: fillSpansets(node.right, filling) };
  }
}

function fillAggregate(node: AggregateExpression, filling: Filling): AggregateExpression {
  switch (node.kind) {
    case 'literal':
      return node;
    case 'parameter': {
      const value = filling.parameters.get(node.name.text);
      return (value && constantOf(value)) ?? node;
    }
    case 'call':
      return node.argument === undefined
        ? node
        : { ...node, argument: fillExpression(node.argument, filling) };
    case 'negate':
      return { ...node, operand: fillAggregate(node.operand, filling) };
    case 'binary':
      return { ...node, left: fillAggregate(node.left, filling), right: fillAggregate(node.right, filling) };
  }
}

/** A value that no span is read for, as an aggregate is compared with it. */
function constantOf(value: FieldExpression): AggregateExpression | undefined {
  const { range } = value;
  switch (value.kind) {
    case 'literal':
      return { kind: 'literal', literal: value.literal, range };
    case 'parameter':
      return value;
    case 'unary': {
      const operand = value.operator === '-' ? constantOf(value.operand) : undefined;
      return operand && { kind: 'negate', operand, range };
    }
    case 'binary':
      return constantBinary(value, range);
    case 'field':
    case 'in':
    case 'call':
      return undefined;
  }
}

function constantBinary(
  { operator, left, right }: Extract<FieldExpression, { kind: 'binary' }>,
  range: Range,
): AggregateExpression | undefined {
  switch (operator) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^': {
      const [l, r] = [constantOf(left), constantOf(right)];
      return l && r && { kind: 'binary', operator, left: l, right: r, range };
    }
    default:
      return undefined;
  }
}

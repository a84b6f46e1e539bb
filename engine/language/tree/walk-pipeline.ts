import type {
  AggregateExpression,
  Field,
  FieldExpression,
  Pipeline,
  SpansetExpression,
  SpansetName,
} from './ast.js';

/** A place where a spanset name is used; `whole` where the name is the whole pattern. */
export interface NamePlace {
  readonly node: SpansetName;
  readonly whole: boolean;
}

/** The name that a pipeline consists of, when it is nothing but a name, in parentheses or not. */
export function soleName(pipeline: Pipeline): SpansetName | undefined {
  const stage = pipeline.stages.length === 1 ? pipeline.stages[0] : undefined;
  if (stage?.kind !== 'spanset') return undefined;
  const expression = stage.expression;
  if (expression.kind === 'name') return expression;
  return expression.kind === 'group' ? soleName(expression.pipeline) : undefined;
}

/** Every spanset name in a pipeline. */
export function* namesOf(pipeline: Pipeline): Generator<NamePlace> {
  const sole = soleName(pipeline);
  if (sole) {
    yield { node: sole, whole: true };
    return;
  }
  for (const expression of spansetsOf(pipeline)) {
    if (expression.kind === 'name') yield { node: expression, whole: false };
  }
}

/** Every spanset expression in a pipeline, outer before inner. */
export function* spansetsOf(pipeline: Pipeline): Generator<SpansetExpression> {
  for (const stage of pipeline.stages) {
    if (stage.kind === 'spanset') yield* withInner(stage.expression);
  }
}

function* withInner(expression: SpansetExpression): Generator<SpansetExpression> {
  yield expression;
  switch (expression.kind) {
    case 'operation':
      yield* withInner(expression.left);
      yield* withInner(expression.right);
      return;
    case 'group':
      yield* spansetsOf(expression.pipeline);
      return;
    case 'filter':
    case 'name':
  }
}

/** Every field that a field expression reads. */
export function* fieldsOf(expression: FieldExpression): Generator<Field> {
  switch (expression.kind) {
    case 'literal':
    case 'parameter':
      return;
    case 'field':
      yield expression.field;
      return;
    case 'unary':
    case 'in':
    case 'call':
      yield* fieldsOf(expression.operand);
      return;
    case 'binary':
      yield* fieldsOf(expression.left);
      yield* fieldsOf(expression.right);
  }
}

/** Every field that a pipeline reads, in filters, groupings, selections and aggregates. */
export function* pipelineFields(pipeline: Pipeline): Generator<Field> {
  for (const expression of pipelineExpressions(pipeline)) yield* fieldsOf(expression);
  for (const stage of pipeline.stages) {
    if (stage.kind === 'select') yield* stage.fields;
    if (stage.kind !== 'spanset') continue;
    for (const spansets of withInner(stage.expression)) {
      if (spansets.kind !== 'group') continue;
      for (const inner of spansets.pipeline.stages) if (inner.kind === 'select') yield* inner.fields;
    }
  }
}

/** Every whole field expression in a pipeline: of filters, groupings and aggregates, and what patterns are given. */
export function* pipelineExpressions(pipeline: Pipeline): Generator<FieldExpression> {
  for (const stage of pipeline.stages) {
    switch (stage.kind) {
      case 'spanset':
        for (const expression of withInner(stage.expression)) {
          if (expression.kind === 'filter' && expression.expression) yield expression.expression;
          if (expression.kind === 'name') yield* expression.arguments ?? [];
          if (expression.kind !== 'group') continue;
          for (const inner of expression.pipeline.stages) {
            if (inner.kind !== 'spanset') yield* pipelineExpressions({ range: inner.range, stages: [inner] });
          }
        }
        break;
      case 'by':
        yield* stage.expressions;
        break;
      case 'aggregate':
        yield* aggregateArguments(stage.left);
        yield* aggregateArguments(stage.right);
        break;
      case 'select':
      case 'coalesce':
    }
  }
}

function* aggregateArguments(expression: AggregateExpression): Generator<FieldExpression> {
  switch (expression.kind) {
    case 'call':
      if (expression.argument) yield expression.argument;
      return;
    case 'binary':
      yield* aggregateArguments(expression.left);
      yield* aggregateArguments(expression.right);
      return;
    case 'negate':
      yield* aggregateArguments(expression.operand);
      return;
    case 'literal':
    case 'parameter':
  }
}

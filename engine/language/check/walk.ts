import type {
  AggregateExpression,
  Condition,
  Field,
  FieldExpression,
  Pattern,
  Pipeline,
  Range,
  Scalar,
  SpansetExpression,
  SpansetName,
} from '../ast.js';

/** Where in a condition a pattern stands; decides whether `as` can bind there. */
export type PatternRole = 'exists' | 'related' | 'reference' | 'step' | 'without' | 'counted';

export interface PatternPlace {
  readonly pattern: Pattern;
  readonly role: PatternRole;
  /** Nothing but `and` stands above it, so that the condition cannot hold without it. */
  readonly conjunctive: boolean;
}

/** Every pattern of a condition, in the order of the text. */
export function* patternsOf(condition: Condition, conjunctive = true): Generator<PatternPlace> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const operand of condition.operands) {
        yield* patternsOf(operand, conjunctive && condition.kind === 'and');
      }
      return;
    case 'not':
      yield* patternsOf(condition.operand, false);
      return;
    case 'exists':
      yield { pattern: condition.pattern, role: 'exists', conjunctive };
      return;
    case 'relation':
      yield { pattern: condition.pattern, role: 'related', conjunctive };
      for (const pattern of condition.references) yield { pattern, role: 'reference', conjunctive };
      return;
    case 'sequence':
      for (const step of condition.steps) {
        for (const pattern of step.without) yield { pattern, role: 'without', conjunctive };
        yield { pattern: step.pattern, role: 'step', conjunctive };
      }
      return;
    case 'compare':
      for (const scalar of [condition.left, condition.right]) {
        for (const pattern of scalarPatterns(scalar)) yield { pattern, role: 'counted', conjunctive };
      }
  }
}

function* scalarPatterns(scalar: Scalar): Generator<Pattern> {
  switch (scalar.kind) {
    case 'count':
    case 'aggregate':
      yield scalar.pattern;
      return;
    case 'binary':
      yield* scalarPatterns(scalar.left);
      yield* scalarPatterns(scalar.right);
      return;
    case 'negate':
      yield* scalarPatterns(scalar.operand);
      return;
    case 'literal':
    case 'field':
  }
}

/** Every field that the comparisons of a condition read from bound spans, `c.duration`; patterns apart. */
export function* scalarFields(condition: Condition): Generator<Field> {
  for (const scalar of scalarsOf(condition)) {
    if (scalar.kind === 'field') yield scalar.field;
    if (scalar.kind === 'aggregate') yield* fieldsOf(scalar.field);
  }
}

/** Every scalar of a condition, outer before inner. */
export function* scalarsOf(condition: Condition): Generator<Scalar> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const operand of condition.operands) yield* scalarsOf(operand);
      return;
    case 'not':
      yield* scalarsOf(condition.operand);
      return;
    case 'compare':
      yield* withOperands(condition.left);
      yield* withOperands(condition.right);
      return;
    case 'exists':
    case 'relation':
    case 'sequence':
  }
}

function* withOperands(scalar: Scalar): Generator<Scalar> {
  yield scalar;
  if (scalar.kind === 'negate') yield* withOperands(scalar.operand);
  if (scalar.kind === 'binary') {
    yield* withOperands(scalar.left);
    yield* withOperands(scalar.right);
  }
}

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
      return;
    case 'field':
      yield expression.field;
      return;
    case 'unary':
    case 'in':
      yield* fieldsOf(expression.operand);
      return;
    case 'binary':
      yield* fieldsOf(expression.left);
      yield* fieldsOf(expression.right);
  }
}

function* aggregateFields(expression: AggregateExpression): Generator<Field> {
  switch (expression.kind) {
    case 'call':
      if (expression.argument) yield* fieldsOf(expression.argument);
      return;
    case 'binary':
      yield* aggregateFields(expression.left);
      yield* aggregateFields(expression.right);
      return;
    case 'negate':
      yield* aggregateFields(expression.operand);
      return;
    case 'literal':
  }
}

/** Every field that a pipeline reads, in filters, groupings, selections and aggregates. */
export function* pipelineFields(pipeline: Pipeline): Generator<Field> {
  for (const stage of pipeline.stages) {
    switch (stage.kind) {
      case 'spanset':
        for (const expression of withInner(stage.expression)) {
          if (expression.kind === 'filter' && expression.expression) yield* fieldsOf(expression.expression);
          if (expression.kind === 'group') {
            for (const inner of expression.pipeline.stages) {
              if (inner.kind !== 'spanset') yield* pipelineFields({ range: inner.range, stages: [inner] });
            }
          }
        }
        break;
      case 'by':
        for (const expression of stage.expressions) yield* fieldsOf(expression);
        break;
      case 'select':
        yield* stage.fields;
        break;
      case 'aggregate':
        yield* aggregateFields(stage.left);
        yield* aggregateFields(stage.right);
        break;
      case 'coalesce':
    }
  }
}

export interface TreeMeasure {
  readonly nodes: number;
  readonly depth: number;
}

/**
 * Size and depth of any part of the tree. It keeps its own stack, so that a text nested deeply enough to exhaust the
 * machine's is measured, and refused, before anything recursive sees it.
 */
export function measure(root: object): TreeMeasure {
  let nodes = 0;
  let depth = 0;
  const stack: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 1 }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (typeof top.value !== 'object' || top.value === null) continue;
    const isNode = !Array.isArray(top.value);
    if (isNode) nodes++;
    depth = Math.max(depth, top.depth);
    for (const [key, value] of Object.entries(top.value)) {
      if (key !== 'range') stack.push({ value, depth: top.depth + (isNode ? 1 : 0) });
    }
  }
  return { nodes, depth };
}

/** Whether `inner` lies within `outer`, ends included. */
export function within(inner: Range, outer: Range): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

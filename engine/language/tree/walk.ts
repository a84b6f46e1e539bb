import type { Condition, Field, Pattern, Scalar } from './ast.js';
import { fieldsOf } from './walk-pipeline.js';

export * from './measure.js';
export * from './walk-pipeline.js';

/** Where in a condition a pattern is; decides whether `as` can bind there. */
export type PatternRole = 'exists' | 'related' | 'reference' | 'step' | 'without' | 'counted';

export interface PatternPlace {
  readonly pattern: Pattern;
  readonly role: PatternRole;
  /** Nothing but `and` is above it, so that the condition cannot hold without it. */
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
    case 'call':
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
  if (scalar.kind === 'negate' || scalar.kind === 'call') yield* withOperands(scalar.operand);
  if (scalar.kind === 'binary') {
    yield* withOperands(scalar.left);
    yield* withOperands(scalar.right);
  }
}

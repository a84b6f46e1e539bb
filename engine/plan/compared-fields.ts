import { conjuncts, type Expression, type FieldPlan, fieldText, forEachField } from './expression.js';
import { leavesOf } from './leaves.js';
import { forEachLateExpression } from './lower/lower-pattern.js';
import { SERVICE_NAME } from './needs.js';
import type { ClausePlan, PatternPlan } from './plan.js';
import { forEachPattern, forEachTestedScalar } from './visit.js';

/** A field of a span that a clause may find. */
export interface ComparedField {
  readonly field: FieldPlan;
  /** As a reader would write it. */
  readonly text: string;
  /** Of a span that matches one of these predicates of the plan, the clause looks at the field. */
  readonly predicates: ReadonlySet<number>;
}

/**
 * What a clause compares on the spans that it finds, in order of the text: the fields that its filters read, groups are made by,
 * and aggregates are taken of. Left out are those that are shown of every span that is evidence, and those that a filter asks one
 * value of.
 */
export function comparedFields(
  { condition }: Pick<ClausePlan, 'condition'>,
  predicates: readonly Expression[],
): readonly ComparedField[] {
  const found = new Map<string, { readonly field: FieldPlan; readonly predicates: Set<number> }>();
  const add = (expression: Expression, predicates: readonly number[]): void =>
    forEachField(expression, (read) => {
      if (read.bound !== undefined || isShownAnyway(read)) return;
      const field = ofEveryItem(read);
      const text = fieldText(field);
      const known = found.get(text) ?? { field, predicates: new Set<number>() };
      found.set(text, known);
      for (const predicate of predicates) known.predicates.add(predicate);
    });
  const addPattern = (pattern: PatternPlan): void => {
    const leaves = leavesOf(pattern);
    for (const { predicate, residual } of leaves) {
      for (const part of conjuncts(predicates[predicate]!)) if (!isFixed(part)) add(part, [predicate]);
      if (residual !== undefined) add(residual, [predicate]);
    }
    const residuals = new Set(leaves.map(({ residual }) => residual));
    forEachLateExpression(pattern.stages, (expression) => {
      if (!residuals.has(expression)) add(expression, predicatesOf(pattern));
    });
  };
  forEachPattern(condition, addPattern);
  forEachTestedScalar(condition, (scalar) => {
    if (scalar.kind === 'aggregate' && scalar.argument !== undefined)
      add(scalar.argument, predicatesOf(scalar.pattern));
  });
  return [...found].map(([text, place]) => ({ text, ...place }));
}

/** Of the events and links of a span, all values are shown, also where only the first counts. */
function ofEveryItem(field: FieldPlan): FieldPlan {
  return field.hop === 'self' ? { hop: field.hop, source: field.source } : field;
}

function predicatesOf(pattern: PatternPlan): readonly number[] {
  return leavesOf(pattern).map(({ predicate }) => predicate);
}

/** `field = literal`: of a span that matches, the text of the clause has the value. */
function isFixed(part: Expression): boolean {
  return (
    part.kind === 'compare' &&
    part.operator === '=' &&
    part.left.kind === 'field' &&
    part.right.kind === 'constant'
  );
}

function isShownAnyway({ hop, source }: FieldPlan): boolean {
  if (hop !== 'self') return false;
  if (source.kind === 'intrinsic') return source.name === 'span:name' || source.name === 'span:id';
  return source.scope === SERVICE_NAME.scope && source.key === SERVICE_NAME.key;
}

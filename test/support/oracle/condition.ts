/** Conditions of clauses: tests joined by `and`, `or`, `not`. */
import type {
  CompareTest,
  Condition,
  PairRelation,
  Pattern,
  RelationTest,
  Scalar,
  SequenceStep,
  SequenceTest,
} from '../../../engine/language/tree/ast.js';
import type { Span } from '../../../engine/otlp/model.js';
import { askedBy, chosenOf } from './chosen.js';
import { expressionValue } from './expression.js';
import { fieldValue } from './fields.js';
import { called } from './functions.js';
import { patternMatches, patternSpans, type Search } from './spanset.js';
import { endOf, isDescendantOf } from './structure.js';
import {
  aggregate,
  and,
  arithmetic,
  compare,
  distinct,
  fromLiteral,
  int,
  negate,
  not,
  or,
  quantile,
  type Truth,
  type Value,
} from './values.js';

/** In which direction a doubt is settled: clocks that disagree, and a reference that never occurs. */
type Mode = 'when' | 'always' | 'never';

export interface Stand extends Search {
  readonly mode: Mode;
  readonly skewNs: bigint;
}

export function conditionTruth(condition: Condition, stand: Stand): Truth {
  switch (condition.kind) {
    case 'and':
      return and(...condition.operands.map((operand) => conditionTruth(operand, stand)));
    case 'or':
      return or(...condition.operands.map((operand) => conditionTruth(operand, stand)));
    case 'not':
      return not(conditionTruth(condition.operand, negated(stand)));
    case 'exists':
      return existsTruth(condition.pattern, stand);
    case 'relation':
      return isVacuous(condition, stand)
        ? stand.mode === 'always'
        : relatedSpans(condition, stand).length > 0;
    case 'sequence':
      return sequences(condition, stand).length > 0;
    case 'compare':
      return compareTruth(condition, stand);
  }
}

function negated(stand: Stand): Stand {
  switch (stand.mode) {
    case 'when':
      return stand;
    case 'always':
      return { ...stand, mode: 'never' };
    case 'never':
      return { ...stand, mode: 'always' };
  }
}

/** Spans that make the condition true: those of the positive tests in it that are true. */
export function supportingSpans(condition: Condition, stand: Stand): readonly Span[] {
  if (conditionTruth(condition, stand) !== true) return [];
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.flatMap((operand) => supportingSpans(operand, stand));
    case 'exists':
      return spansOf(condition.pattern, stand);
    case 'relation':
      return relatedSpans(condition, stand).flat();
    case 'sequence':
      return sequences(condition, stand).flat();
    case 'not':
    case 'compare':
      return [];
  }
}

// ------------------------------------------------------------------------------------------------------- patterns

function existsTruth(pattern: Pattern, stand: Stand): boolean {
  return isPicked(pattern, stand) ? spansOf(pattern, stand).length > 0 : patternMatches(pattern, stand);
}

/** The spans of a pattern; the one chosen for this case where `as` names it. */
function spansOf(pattern: Pattern, stand: Stand): readonly Span[] {
  return patternSpans(pattern, stand).filter((span) => isAllowed(pattern, span, stand));
}

function isPicked(pattern: Pattern, stand: Stand): boolean {
  return pattern.as !== undefined && stand.binding.has(pattern.as.text);
}

function isAllowed(pattern: Pattern, span: Span, stand: Stand): boolean {
  return !isPicked(pattern, stand) || stand.binding.get(pattern.as!.text) === span;
}

// ------------------------------------------------------------------------------------------------------ relations

/**
 * Clock skew: `always` is as generous as the clocks may be wrong, `never` as strict, so that skew only ever removes
 * violations.
 */
function slack(stand: Stand): bigint {
  switch (stand.mode) {
    case 'when':
      return 0n;
    case 'always':
      return stand.skewNs;
    case 'never':
      return -stand.skewNs;
  }
}

function atMost(x: bigint, y: bigint, stand: Stand): boolean {
  return x <= y + slack(stand);
}

function lessThan(x: bigint, y: bigint, stand: Stand): boolean {
  return x < y + slack(stand);
}

function withinBound(gap: bigint, bound: RelationTest['bound'], stand: Stand): boolean {
  if (bound.within && !atMost(gap, bound.within.value, stand)) return false;
  return !bound.atLeast || atMost(bound.atLeast.value, gap, stand);
}

/** In a clause, a reference that never occurs satisfies the clause. `when` knows no such thing. */
function isVacuous(test: RelationTest, stand: Stand): boolean {
  if (stand.mode === 'when') return false;
  if (test.references.some((reference) => patternSpans(reference, stand).length === 0)) return true;
  return test.relation === 'between' && delimiters(test, stand).length === 0;
}

/** Every pair (triple for `between`) of spans that are related as the test says. */
function relatedSpans(test: RelationTest, stand: Stand): readonly (readonly Span[])[] {
  if (test.relation === 'between') return spansBetween(test, stand);
  const { relation } = test;
  const related: Span[][] = [];
  for (const a of spansOf(test.pattern, stand)) {
    for (const b of spansOf(test.references[0], stand)) {
      if (a !== b && isRelated(relation, a, b, test, stand)) related.push([a, b]);
    }
  }
  return related;
}

function isRelated(relation: PairRelation, a: Span, b: Span, test: RelationTest, stand: Stand): boolean {
  const aEnd = endOf(a);
  const bEnd = endOf(b);
  const gap = (ns: bigint): boolean => withinBound(ns, test.bound, stand);
  switch (relation) {
    case 'before':
      return atMost(aEnd, b.start, stand) && gap(b.start - aEnd);
    case 'after':
      return atMost(bEnd, a.start, stand) && gap(a.start - bEnd);
    case 'starts before':
      return lessThan(a.start, b.start, stand) && gap(b.start - a.start);
    case 'starts after':
      return lessThan(b.start, a.start, stand) && gap(a.start - b.start);
    case 'ends before':
      return lessThan(aEnd, bEnd, stand) && gap(bEnd - aEnd);
    case 'ends after':
      return lessThan(bEnd, aEnd, stand) && gap(aEnd - bEnd);
    case 'during':
      return atMost(b.start, a.start, stand) && atMost(aEnd, bEnd, stand);
    case 'overlaps':
      return lessThan(a.start, bEnd, stand) && lessThan(b.start, aEnd, stand);
    case 'under':
      return isDescendantOf(stand.whole, a, b);
    case 'over':
      return isDescendantOf(stand.whole, b, a);
  }
}

/**
 * The stretches that `between B and C` speaks of: from each B to the next C. "Next" is read off the clocks as they are;
 * the tolerance is for the span in between. Of several C that start together each may be the next one.
 */
function delimiters(test: RelationTest, stand: Stand): readonly (readonly [Span, Span])[] {
  const [from, to] = test.references;
  const found: (readonly [Span, Span])[] = [];
  for (const b of spansOf(from, stand)) {
    const later = patternSpans(to!, stand).filter((c) => c !== b && c.start >= endOf(b));
    const next = later.filter((c) => later.every((other) => other.start >= c.start));
    for (const c of next) if (isAllowed(to!, c, stand)) found.push([b, c]);
  }
  return found;
}

function spansBetween(test: RelationTest, stand: Stand): readonly (readonly Span[])[] {
  const related: Span[][] = [];
  for (const a of spansOf(test.pattern, stand)) {
    for (const [b, c] of delimiters(test, stand)) {
      const lies = atMost(endOf(b), a.start, stand) && atMost(endOf(a), c.start, stand);
      if (a !== b && a !== c && lies) related.push([b, a, c]);
    }
  }
  return related;
}

// ------------------------------------------------------------------------------------------------------ sequences

/** Every way to choose distinct spans for the steps. */
function sequences(test: SequenceTest, stand: Stand): readonly (readonly Span[])[] {
  let chosen: readonly (readonly Span[])[] = [[]];
  for (const step of test.steps) {
    const candidates = spansOf(step.pattern, stand);
    chosen = chosen.flatMap((before) =>
      candidates.filter((next) => follows(step, before, next, stand)).map((next) => [...before, next]),
    );
  }
  return chosen.filter((spans) => {
    const length = endOf(spans.at(-1)!) - spans[0]!.start;
    return withinBound(length, test.bound, stand);
  });
}

function follows(step: SequenceStep, before: readonly Span[], next: Span, stand: Stand): boolean {
  if (before.includes(next)) return false;
  const previous = before.at(-1);
  if (!previous) return true;
  const from = step.link === 'then starts' ? previous.start : endOf(previous);
  if (!atMost(from, next.start, stand)) return false;
  return !step.without.some((pattern) =>
    spansOf(pattern, stand).some((x) => liesBetween(x, step, previous, next)),
  );
}

/** By the clocks as they are. */
function liesBetween(x: Span, step: SequenceStep, previous: Span, next: Span): boolean {
  if (x === previous || x === next) return false;
  if (step.link === 'then starts') return x.start >= previous.start && x.start <= next.start;
  return x.start >= endOf(previous) && endOf(x) <= next.start;
}

// -------------------------------------------------------------------------------------------------------- scalars

function compareTruth(test: CompareTest, stand: Stand): Truth {
  const left = scalarValue(test.left, stand);
  const right = scalarValue(test.right, stand);
  if (test.operator === '=' || test.operator === '!=') {
    const wanted = test.operator === '=';
    if (isNilLiteral(test.left) && isNilLiteral(test.right)) return false;
    if (isNilLiteral(test.right)) return (left.kind === 'nil') === wanted;
    if (isNilLiteral(test.left)) return (right.kind === 'nil') === wanted;
  }
  return compare(test.operator, left, right);
}

function isNilLiteral(scalar: Scalar): boolean {
  return scalar.kind === 'literal' && scalar.literal.kind === 'nil';
}

function scalarValue(scalar: Scalar, stand: Stand): Value {
  switch (scalar.kind) {
    case 'count':
      return int(BigInt(spansOf(scalar.pattern, stand).length));
    case 'aggregate': {
      const asked = askedBy(scalar.pattern.pipeline, scalar.pattern.where);
      const scene = { whole: stand.whole, binding: stand.binding };
      const values = spansOf(scalar.pattern, stand).map((span) =>
        expressionValue(scalar.field, { ...scene, span, chosen: chosenOf(span, asked, scene) }),
      );
      if (scalar.function === 'distinct') return int(distinct(values));
      if (scalar.function === 'quantile') return quantile(values, Number(scalar.quantile!.value));
      return aggregate(scalar.function, values);
    }
    case 'literal':
      return fromLiteral(scalar.literal);
    case 'field':
      return fieldValue(scalar.field, { whole: stand.whole, binding: stand.binding });
    case 'binary':
      return arithmetic(scalar.operator, scalarValue(scalar.left, stand), scalarValue(scalar.right, stand));
    case 'call':
      return called(scalar.function, scalarValue(scalar.operand, stand), scalar.zone?.value);
    case 'negate':
      return negate(scalarValue(scalar.operand, stand));
  }
}

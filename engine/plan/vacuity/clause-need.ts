import type { Expression } from '../expression.js';
import type { ClausePlan, ConditionPlan, PatternPlan, ScalarPlan } from '../plan.js';
import { carriedNeed, valueNeed } from './expression-need.js';
import { allOf, anyOf, isNothing, type Need, NOTHING } from './need.js';
import { constantValues, patternNeeds } from './pattern-need.js';
import { ANY, between, calculated, NONE, negated, outcomesOf, type Values } from './range.js';
import { subsetNeed } from './subsets.js';

/** What the needs of a rule's clauses are made in. */
export interface NeedContext {
  readonly predicates: readonly Expression[];
  /** Whether a clause that cannot tell is violated. */
  readonly required: boolean;
  /** The number of a pattern among those that it matters of whether a span matched them. */
  numberOf(pattern: PatternPlan): number;
}

/**
 * What a clause needs in order to fail: `always` that its condition does not hold, `never` that it does.
 *
 * - A pattern that has to match needs the attributes without which it cannot, unless it matched all the same.
 * - A relation, and `between`, need a span that is referred to: without one they are satisfied.
 * - A comparison needs the spans that are counted or added up without which it cannot come out so: `count(P) <= 3` needs P to
 *   fail, `count(P) >= 3` nothing.
 * - A condition that holds because nothing matched needs nothing: `always P` fails for want of P.
 */
export function clauseNeed({ keyword, condition }: ClausePlan, context: NeedContext): Need {
  return keyword === 'always'
    ? failNeed(condition, 'always', context)
    : holdNeed(condition, 'never', context);
}

/** As in SQL: `not` turns a requirement into a prohibition, and a relation without reference holds only where it is required. */
type Mode = ClausePlan['keyword'];

function flipped(mode: Mode): Mode {
  return mode === 'always' ? 'never' : 'always';
}

function holdNeed(condition: ConditionPlan, mode: Mode, context: NeedContext): Need {
  switch (condition.kind) {
    case 'and':
      return allOf(condition.operands.map((operand) => holdNeed(operand, mode, context)));
    case 'or':
      return anyOf(condition.operands.map((operand) => holdNeed(operand, mode, context)));
    case 'not':
      return failNeed(condition.operand, flipped(mode), context);
    case 'exists': {
      const { match } = patternNeeds(condition.pattern, context.predicates);
      return orMatched(condition.pattern, match, context);
    }
    case 'relation':
      return mode === 'always'
        ? NOTHING
        : allOf([spansNeed(condition.left, context), referenceNeed(condition.right, context)]);
    case 'between':
      return mode === 'always'
        ? NOTHING
        : allOf([
            spansNeed(condition.pattern, context),
            referenceNeed(condition.from, context),
            referenceNeed(condition.to, context),
          ]);
    case 'sequence':
      return allOf(condition.steps.map(({ pattern }) => spansNeed(pattern, context)));
    case 'compare':
      return compareNeed(condition, true, context);
    case 'present':
      return scalarNeed(condition.scalar, context);
  }
}

function failNeed(condition: ConditionPlan, mode: Mode, context: NeedContext): Need {
  switch (condition.kind) {
    case 'and':
      return anyOf(condition.operands.map((operand) => failNeed(operand, mode, context)));
    case 'or':
      return allOf(condition.operands.map((operand) => failNeed(operand, mode, context)));
    case 'not':
      return holdNeed(condition.operand, flipped(mode), context);
    case 'exists': {
      const { pattern } = condition;
      const { miss } = patternNeeds(pattern, context.predicates);
      return isNothing(miss) ? NOTHING : orMatched(pattern, miss, context);
    }
    case 'relation':
      return mode === 'always' ? referenceNeed(condition.right, context) : NOTHING;
    case 'between':
      return mode === 'always'
        ? allOf([referenceNeed(condition.from, context), referenceNeed(condition.to, context)])
        : NOTHING;
    case 'sequence':
      return NOTHING;
    case 'compare':
      return compareNeed(condition, false, context);
    case 'present':
      return NOTHING;
  }
}

/** A pattern that did match needs nothing more. */
function orMatched(pattern: PatternPlan, need: Need, context: NeedContext): Need {
  if (pattern.bound !== undefined) return need;
  return anyOf([{ kind: 'matched', pattern: context.numberOf(pattern) }, need]);
}

function spansNeed(pattern: PatternPlan, context: NeedContext): Need {
  return orMatched(pattern, patternNeeds(pattern, context.predicates).spans, context);
}

function referenceNeed(pattern: PatternPlan, context: NeedContext): Need {
  return pattern.bound === undefined ? { kind: 'matched', pattern: context.numberOf(pattern) } : NOTHING;
}

// ------------------------------------------------------------------------------------------------------------ scalars

type ComparePlan = Extract<ConditionPlan, { kind: 'compare' }>;
type ReadPlan = Extract<ScalarPlan, { kind: 'aggregate' | 'field' }>;

function compareNeed({ operator, left, right }: ComparePlan, wanted: boolean, context: NeedContext): Need {
  const sources = new Map(
    [...readsIn(left), ...readsIn(right)].map((read) => [read, { need: scalarNeed(read, context) }] as const),
  );
  return subsetNeed([...sources.values()], (there) => {
    const valuesOf = (read: ReadPlan): Values => {
      const source = sources.get(read);
      return whereThere(read, source === undefined || there(source));
    };
    const outcomes = outcomesOf(operator, scalarValues(left, valuesOf), scalarValues(right, valuesOf));
    return outcomes.has(wanted) || (outcomes.size === 0 && context.required);
  });
}

/** What it needs for a scalar to have a value other than that of nothing. */
function scalarNeed(scalar: ScalarPlan, context: NeedContext): Need {
  switch (scalar.kind) {
    case 'constant':
      return NOTHING;
    case 'field':
      return carriedNeed(scalar.field);
    case 'aggregate':
      return allOf([
        spansNeed(scalar.pattern, context),
        ...(scalar.argument === undefined ? [] : [valueNeed(scalar.argument)]),
      ]);
    case 'arithmetic':
      return allOf([scalarNeed(scalar.left, context), scalarNeed(scalar.right, context)]);
    case 'negate':
    case 'call':
      return scalarNeed(scalar.operand, context);
  }
}

function readsIn(scalar: ScalarPlan): readonly ReadPlan[] {
  switch (scalar.kind) {
    case 'constant':
      return [];
    case 'field':
    case 'aggregate':
      return [scalar];
    case 'arithmetic':
      return [...readsIn(scalar.left), ...readsIn(scalar.right)];
    case 'negate':
    case 'call':
      return readsIn(scalar.operand);
  }
}

function whereThere(read: ReadPlan, there: boolean): Values {
  const counts = read.kind === 'aggregate' && (read.function === 'count' || read.function === 'distinct');
  if (counts) return there ? between(0, Number.POSITIVE_INFINITY) : between(0, 0);
  return there ? ANY : NONE;
}

function scalarValues(scalar: ScalarPlan, valuesOf: (read: ReadPlan) => Values): Values {
  switch (scalar.kind) {
    case 'constant':
      return constantValues(scalar.constant);
    case 'field':
    case 'aggregate':
      return valuesOf(scalar);
    case 'arithmetic':
      return calculated(
        scalar.operator,
        scalarValues(scalar.left, valuesOf),
        scalarValues(scalar.right, valuesOf),
      );
    case 'negate':
      return negated(scalarValues(scalar.operand, valuesOf));
    case 'call':
      return scalarValues(scalar.operand, valuesOf).kind === 'none' ? NONE : ANY;
  }
}

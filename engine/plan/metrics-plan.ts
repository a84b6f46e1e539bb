import type { NumberComparison } from '../language/tree/ast-query.js';
import type { Expression, FieldPlan } from './expression.js';
import type { HintPlan } from './hints.js';
import type { PatternPlan } from './plan.js';
import type { ColumnNeeds } from './schema.js';

/** A TraceQL metrics query as plain JSON. It does not know the window and the step, which come with the request. */
export interface MetricsPlan {
  readonly version: 1;
  readonly predicates: readonly Expression[];
  /** The distinct selections of the query; one pass over the spans can serve all. */
  readonly selections: readonly SelectionPlan[];
  /** What is answered, made of the selections. */
  readonly series: SeriesPlan;
  readonly needs: ColumnNeeds;
  /** `compare()` looks at every attribute that spans carry, and `needs` cannot list them. */
  readonly allAttributes: boolean;
  readonly hints: HintPlan;
}

/** Spans, and how they become series. A span counts in the interval that holds its start. */
export interface SelectionPlan {
  /**
   * The spans: of a pipeline with `by`, those of all groups that are left. A pattern of one leaf (`isSpanOnly`) can be
   * evaluated span by span; every other needs whole traces.
   */
  readonly pattern: PatternPlan;
  readonly isSpanOnly: boolean;
  /** Of rules over many traces: the spans of so many nanoseconds before a window, decimal text; absent for those in it. */
  readonly prior?: string;
  readonly function: FunctionPlan;
  /** Empty without `by (…)`, and for `compare()`. */
  readonly by: readonly LabelPlan[];
  /** Canonical: `{ status = error } | rate() by (name)`. */
  readonly text: string;
}

export interface LabelPlan {
  readonly field: FieldPlan;
  /** With its scope, as TraceQL prints the field: `resource.service.name`, `name`, `.a`. */
  readonly name: string;
}

export type FunctionPlan =
  | { readonly kind: 'rate' | 'count_over_time' }
  | {
      readonly kind:
        | 'min_over_time'
        | 'max_over_time'
        | 'avg_over_time'
        | 'sum_over_time'
        | 'distinct_over_time'
        | 'histogram_over_time';
      readonly value: ValuePlan;
    }
  | {
      readonly kind: 'quantile_over_time';
      readonly value: ValuePlan;
      /** One or more, each in [0, 1], in the order of the text. */
      readonly quantiles: readonly number[];
    }
  | {
      readonly kind: 'compare';
      /** The predicate that tells the selection from the baseline. */
      readonly selection: number;
      /** Values listed for each attribute, from 1 to 1000. */
      readonly top: number;
      /** Nanoseconds since the Unix epoch, decimal text: spans that start outside belong to the baseline. */
      readonly start?: string;
      readonly end?: string;
    };

interface FunctionFacts {
  /** Whether values are counted by the power of two that they are up to, each quantile or bucket being a series of its own. */
  readonly byPowers: boolean;
  /** Whether it counts spans, so that there are 0 where there is none; every other function has no value there. */
  readonly isCount: boolean;
}

/** What there is to know of a function apart from how it is worked out. */
export const FUNCTION_FACTS: Readonly<Record<FunctionPlan['kind'], FunctionFacts>> = {
  rate: { byPowers: false, isCount: true },
  count_over_time: { byPowers: false, isCount: true },
  min_over_time: { byPowers: false, isCount: false },
  max_over_time: { byPowers: false, isCount: false },
  avg_over_time: { byPowers: false, isCount: false },
  sum_over_time: { byPowers: false, isCount: false },
  distinct_over_time: { byPowers: false, isCount: true },
  quantile_over_time: { byPowers: true, isCount: false },
  histogram_over_time: { byPowers: true, isCount: true },
  compare: { byPowers: false, isCount: false },
};

/** What is measured of a span; a span without it, or with something that is no number there, is passed over. */
export interface ValuePlan {
  readonly field: FieldPlan;
  readonly text: string;
  /** The field holds nanoseconds, and the series has seconds. */
  readonly isDuration: boolean;
}

export type SeriesPlan =
  | { readonly kind: 'selection'; readonly selection: number; readonly steps: readonly StepPlan[] }
  | {
      readonly kind: 'operation';
      readonly operator: '+' | '-' | '*' | '/';
      readonly left: SeriesPlan | NumberPlan;
      readonly right: SeriesPlan | NumberPlan;
      readonly steps: readonly StepPlan[];
    };

/** A folded constant: `1 / 2` of two whole numbers is 0. */
export interface NumberPlan {
  readonly kind: 'number';
  readonly value: number;
}

/** What the series go through, in order. */
export type StepPlan =
  | { readonly kind: 'topk' | 'bottomk'; readonly count: number }
  /** `value` is seconds where a duration was written. */
  | { readonly kind: 'threshold'; readonly operator: NumberComparison; readonly value: number };

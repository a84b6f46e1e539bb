/**
 * What can be asked of stored traces beside rules: TraceQL searches and metrics, and the two forms of asking for violations.
 * The nodes of `ast.ts` are used for everything that rules have too.
 */
import type {
  ArithmeticOperator,
  Clause,
  ComparisonOperator,
  Field,
  Filter,
  FloatLiteral,
  IntLiteral,
  Literal,
  Name,
  Pipeline,
  Range,
} from './ast.js';
import type { Hint } from './grammar-hint.js';

export type Query = SearchQuery | MetricsQuery | ViolationsQuery | RuleQuery;

interface Node {
  readonly range: Range;
}

/** `{ … } | …`: traces with the spans that match. */
export interface SearchQuery extends Node {
  readonly kind: 'search';
  readonly pipeline: Pipeline;
  readonly hints: readonly Hint[];
}

/** `{ … } | rate() by (…)`, and arithmetic between such: time series. */
export interface MetricsQuery extends Node {
  readonly kind: 'metrics';
  readonly expression: MetricsExpression;
  readonly hints: readonly Hint[];
}

/** `violations of charge-needs-fraud-check`: what a rule that is known by its id found. */
export interface ViolationsQuery extends Node {
  readonly kind: 'violations';
  readonly rule: Name;
}

/** The clauses of a rule without a file: `when {…} as c never {…} before c`. */
export interface RuleQuery extends Node {
  readonly kind: 'rule';
  readonly clauses: readonly Clause[];
}

// ------------------------------------------------------------------------------------------------------------- metrics

export type MetricsExpression = MetricsSelection | MetricsOperation | MetricsNumber;

interface MetricsNode extends Node {
  /** How many pairs of parentheses were written around this node; absent for none. */
  readonly parens?: number;
}

/** `pipeline | function(…) by (…) | topk(3) > 1`. */
export interface MetricsSelection extends MetricsNode {
  readonly kind: 'selection';
  readonly pipeline: Pipeline;
  readonly function: MetricsFunction;
  /** In order of the text. */
  readonly steps: readonly MetricsStep[];
}

/** Arithmetic between series of equal labels, or of series and a number. */
export interface MetricsOperation extends MetricsNode {
  readonly kind: 'operation';
  readonly operator: Exclude<ArithmeticOperator, '%' | '^'>;
  readonly left: MetricsExpression;
  readonly right: MetricsExpression;
  readonly steps: readonly MetricsStep[];
}

/** A number beside a series; `1 / 2` between two numbers is folded when the query is planned. */
export interface MetricsNumber extends MetricsNode {
  readonly kind: 'number';
  readonly literal: IntLiteral | FloatLiteral;
}

export type MetricsFunction =
  | (Grouped & { readonly kind: 'rate' | 'count_over_time' })
  | (Grouped & {
      readonly kind:
        | 'min_over_time'
        | 'max_over_time'
        | 'avg_over_time'
        | 'sum_over_time'
        | 'histogram_over_time';
      readonly field: Field;
    })
  | (Grouped & {
      readonly kind: 'quantile_over_time';
      readonly field: Field;
      /** One or more, each in [0, 1]. */
      readonly quantiles: readonly (FloatLiteral | IntLiteral)[];
    })
  | (Node & {
      readonly kind: 'compare';
      readonly selection: Filter;
      /** Values listed for each attribute; default 10. */
      readonly top?: IntLiteral;
      /** Nanoseconds since the Unix epoch that the selection is limited to. */
      readonly start?: IntLiteral;
      readonly end?: IntLiteral;
    });

interface Grouped extends Node {
  /** Empty without `by (…)`. */
  readonly by: readonly Field[];
}

export type MetricsStep =
  | (Node & { readonly kind: 'topk' | 'bottomk'; readonly count: IntLiteral })
  /** Points that fail it are left out; without a pipe before it: `… | rate() > 10`. */
  | (Node & { readonly kind: 'threshold'; readonly operator: ComparisonOperator; readonly value: Literal });

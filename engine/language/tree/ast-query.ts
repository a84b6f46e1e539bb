/**
 * Queries of stored traces that are not rules: TraceQL searches and metrics, and the two forms of asking for violations.
 * The nodes of `ast.ts` are used for everything that rules have too.
 */
import type {
  Clause,
  DurationLiteral,
  Field,
  Filter,
  FloatLiteral,
  IntLiteral,
  Literal,
  Name,
  Pipeline,
  Range,
  Setting,
  WindowClause,
} from './ast.js';

export type Query = SearchQuery | MetricsQuery | ViolationsQuery | RuleQuery | WindowRuleQuery;

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
  /** With it the answer is series of how many there were. */
  readonly metrics?: ViolationMetrics;
  /** `| by(resource.service.version)`: what each is grouped by, at least one. Never with `metrics`. */
  readonly by?: readonly ViolationLabel[];
}

/** `| rate() by (clause, resource.service.version) | topk(3)` behind `violations of …`. */
export interface ViolationMetrics extends Node {
  readonly kind: 'rate' | 'count_over_time';
  /** Empty without `by (…)`. */
  readonly by: readonly ViolationLabel[];
  readonly steps: readonly MetricsStep[];
}

/** How the violations of such a query are counted: `| by(x)` alone asks how many there are of each; undefined for a list of them. */
export function countedBy({ metrics, by, range }: ViolationsQuery): ViolationMetrics | undefined {
  return metrics ?? (by && { kind: 'count_over_time', by, steps: [], range });
}

/** What is known of a violation, or a field of the span that it is about. */
export type ViolationLabel = Field | FactLabel;

export interface FactLabel extends Node {
  readonly kind: 'fact';
  readonly name: ViolationFact;
}

/** `service` is that of the span which the violation is about. */
export const VIOLATION_FACTS = ['rule', 'clause', 'severity', 'service'] as const;
export type ViolationFact = (typeof VIOLATION_FACTS)[number];

/** The body of a rule without a file: `when {…} as c never {…} before c`, its settings before its clauses. */
export interface RuleQuery extends Node {
  readonly kind: 'rule';
  readonly settings: readonly Setting[];
  readonly clauses: readonly Clause[];
}

/** The body of a rule over many traces: `over 5m always { … } | rate() < 10`. */
export interface WindowRuleQuery extends Node {
  readonly kind: 'over rule';
  readonly settings: readonly Setting[];
  readonly clauses: readonly WindowClause[];
}

/** `most_recent = true` in `with (…)`. Hints do not change what a query means, so rules have none; of two, the last wins. */
export interface Hint extends Node {
  readonly name: Name;
  readonly value: Literal;
}

// ------------------------------------------------------------------------------------------------------------- metrics

/** Series: of one selection, or made of several by arithmetic. */
export type MetricsExpression = MetricsSelection | MetricsOperation;

interface MetricsNode extends Node {
  /** How many pairs of parentheses were written around this node; absent for none. */
  readonly parens?: number;
}

/** `pipeline | function(…) by (…) | topk(3) > 1`, or that inside `prior(7d, …)`. */
export interface MetricsSelection extends MetricsNode {
  readonly kind: 'selection';
  /** In rules over many traces only: what it is of is so long before the window, up to its start. */
  readonly prior?: DurationLiteral;
  readonly pipeline: Pipeline;
  readonly function: MetricsFunction;
  /** In order of the text, those inside the parentheses of the selection, or of `prior`, first. */
  readonly steps: readonly MetricsStep[];
}

/**
 * Arithmetic between series of equal labels, or of series and a number; at least one side is a series, so numbers are
 * folded first: `1 / 2 * (…)` is `0 * (…)`.
 */
export interface MetricsOperation extends MetricsNode {
  readonly kind: 'operation';
  readonly operator: MetricsOperator;
  readonly left: MetricsExpression | MetricsNumber;
  readonly right: MetricsExpression | MetricsNumber;
  /** In rules over many traces only, between two series. */
  readonly matching?: LabelMatching;
  /** Empty but for the outermost operation of a query. */
  readonly steps: readonly MetricsStep[];
}

/** `on (a, b)` or `ignoring (a)` behind an operator: which labels of two series have to be equal for them to meet. */
export interface LabelMatching extends Node {
  readonly kind: 'on' | 'ignoring';
  /** At least one. */
  readonly labels: readonly Field[];
}

export type MetricsOperator = '+' | '-' | '*' | '/';

/** A number that is calculated with a series or is a threshold, as written; see `fold-number.ts` for its value. */
export type MetricsNumber = NumberLiteral | NumberNegate | NumberOperation;

export interface NumberLiteral extends MetricsNode {
  readonly kind: 'literal';
  /** A duration in a threshold only. */
  readonly literal: IntLiteral | FloatLiteral | DurationLiteral;
}

/** Binds tighter than any operator: `-1 * 2` is `(-1) * 2`. */
export interface NumberNegate extends MetricsNode {
  readonly kind: 'negate';
  readonly operand: MetricsNumber;
}

export interface NumberOperation extends MetricsNode {
  readonly kind: 'binary';
  readonly operator: MetricsOperator;
  readonly left: MetricsNumber;
  readonly right: MetricsNumber;
}

export type MetricsFunction = CountFunction | FieldFunction | QuantileFunction | CompareFunction;

interface Grouped extends Node {
  /** Empty without `by (…)`. */
  readonly by: readonly Field[];
}

export interface CountFunction extends Grouped {
  readonly kind: 'rate' | 'count_over_time';
}

export interface FieldFunction extends Grouped {
  readonly kind:
    | 'min_over_time'
    | 'max_over_time'
    | 'avg_over_time'
    | 'sum_over_time'
    | 'distinct_over_time'
    | 'histogram_over_time';
  readonly field: Field;
}

export interface QuantileFunction extends Grouped {
  readonly kind: 'quantile_over_time';
  readonly field: Field;
  /** One or more, each in [0, 1]. */
  readonly quantiles: readonly (FloatLiteral | IntLiteral)[];
}

/** The attributes in which the spans of a filter differ from the others. */
export interface CompareFunction extends Node {
  readonly kind: 'compare';
  readonly selection: Filter;
  /** Values listed for each attribute; default 10. */
  readonly top?: IntLiteral;
  /** Nanoseconds since the Unix epoch that the selection is limited to; both or none. */
  readonly start?: IntLiteral;
  readonly end?: IntLiteral;
}

export type MetricsStep = TopStep | ThresholdStep;

/** `| topk(3)`: at every point in time, the series with the largest (smallest) values. */
export interface TopStep extends Node {
  readonly kind: 'topk' | 'bottomk';
  readonly count: IntLiteral;
}

/** Points that fail it are left out; without a pipe before it: `… | rate() > 10`. */
export interface ThresholdStep extends Node {
  readonly kind: 'threshold';
  readonly operator: NumberComparison;
  readonly value: MetricsNumber;
}

/** Series compared with a number, in a clause over many traces: the last threshold of what would be a query. */
export interface MetricsTest extends Node {
  readonly series: MetricsExpression;
  readonly operator: NumberComparison;
  readonly value: MetricsNumber;
}

export type NumberComparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/**
 * The syntax tree of BeTraceDSL: TraceQL patterns plus rules over one whole trace.
 *
 * The tree is plain data (no classes, no parent links) so that it can be compared, generated in property tests and
 * sent between threads. Every node carries the range of its text. Redundant parentheses are kept as a count, because
 * a formatter that drops the ones its reader wrote makes text harder to read; they carry no meaning.
 */

import type {
  ArithmeticOperator,
  Call,
  ComparisonOperator,
  DurationLiteral,
  Field,
  FieldExpression,
  FloatLiteral,
  IntLiteral,
  Literal,
  ParameterReference,
  StringLiteral,
} from './ast-expression.js';
import type { MetricsTest } from './ast-query.js';
import type { TestItem } from './ast-test.js';
import type { SpansetOperator } from './operators.js';

export type * from './ast-expression.js';
export type * from './ast-test.js';
export type { KindName, StatusName } from './kinds.js';
export type { SpansetOperator } from './operators.js';

/** Offsets in UTF-16 code units into the file's text; `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

interface Node {
  readonly range: Range;
}

interface Parenthesised {
  /** How many pairs of parentheses were written around this node; absent for none. */
  readonly parens?: number;
}

/** A word the user chose, or refers to: a rule id, a let-name, a bound span. */
export interface Name extends Node {
  readonly text: string;
}

// ---------------------------------------------------------------------------------------------------------- files

export interface File {
  readonly items: readonly Item[];
  readonly comments: readonly Comment[];
}

export interface Comment extends Node {
  /** With its delimiters, `// …` or `/* … *\/`. */
  readonly text: string;
}

export type Item = RuleItem | LetItem | ListItem | UseItem | TestItem;

/** A rule of whatever kind; `isRuleItem` tells it from other items. */
export type RuleItem = CaseRuleItem | WindowRuleItem;

export interface UseItem extends Node {
  readonly kind: 'use';
  readonly path: StringLiteral;
}

export interface LetItem extends Node {
  readonly kind: 'let';
  readonly exported: boolean;
  readonly name: Name;
  /** What has to be filled in where the pattern is used; absent for none. */
  readonly parameters?: readonly Name[];
  readonly value: Pipeline;
}

/** `let eu = ("DE", "FR")`, `let eu = list from "eu.txt"`: values that `in` looks among. */
export interface ListItem extends Node {
  readonly kind: 'list';
  readonly exported: boolean;
  readonly name: Name;
  readonly values: readonly Literal[] | ListFile;
}

/** The file that the values of a list are in, one a line. */
export interface ListFile extends Node {
  readonly kind: 'file';
  readonly path: StringLiteral;
}

export interface CaseRuleItem extends Node {
  readonly kind: 'rule';
  readonly id: Name;
  readonly settings: readonly Setting[];
  readonly clauses: readonly Clause[];
}

/** A rule over many traces, made so by the setting `over`: its clauses compare series and not what one trace holds. */
export interface WindowRuleItem extends Node {
  readonly kind: 'over rule';
  readonly id: Name;
  /** With at least one `over`. */
  readonly settings: readonly Setting[];
  readonly clauses: readonly WindowClause[];
}

/** `name = value`, or one of those spelled without `=`: `over 5m every 1m`, `across span.a within 1h`, `closes after 30s`, `on partial skip`. */
export interface Setting extends Node {
  readonly kind: 'setting';
  /** `severity`, `summary`, …, or `over`, `across`, `closes after`, `on partial`. */
  readonly name: Name;
  readonly value: SettingValue;
  /** Of `over` only: from the start of a window to that of the next. */
  readonly every?: DurationLiteral;
}

export type SettingValue = Literal | WordValue | ListValue | FlowKey;
/** Behind `across`: what the spans of a flow have in common. `span.order.id within 1h`, `(span.a, span.b) within 1h`, `links within 10m`. */
export interface FlowKey extends Node {
  readonly kind: 'flow key';
  /** In the order of the text; none for `links`. */
  readonly fields: readonly Field[];
  /** How far a case sees; absent where it was forgotten, which is an error of meaning. */
  readonly within?: DurationLiteral;
}
/** A bare word such as `critical` or `skip`. (`true` and `false` are literals.) */
export interface WordValue extends Node {
  readonly kind: 'word';
  readonly text: string;
}
/** `["SOC2:CC6.1", "x"]`, also as an attribute value in a test. */
export interface ListValue extends Node {
  readonly kind: 'list';
  readonly items: readonly Literal[];
}

// ---------------------------------------------------------------------------------------------------------- rules

export type ClauseKeyword = 'when' | 'always' | 'never';

export interface Clause extends Node {
  readonly kind: ClauseKeyword;
  readonly condition: Condition;
}

/** `always { … } | rate() by (…) < 0.5`, in a rule over many traces. */
export interface WindowClause extends Node {
  readonly kind: ClauseKeyword;
  readonly test: MetricsTest;
}

export type Condition =
  | LogicalCondition
  | NotCondition
  | ExistsTest
  | RelationTest
  | SequenceTest
  | CompareTest;

/** `a and b and c` is one node with three operands; `and` binds tighter than `or`. */
export interface LogicalCondition extends Node, Parenthesised {
  readonly kind: 'and' | 'or';
  readonly operands: readonly Condition[];
}

export interface NotCondition extends Node, Parenthesised {
  readonly kind: 'not';
  readonly operand: Condition;
}

/** `pattern`, or `exists pattern`: the pattern matches at least one span. */
export interface ExistsTest extends Node, Parenthesised {
  readonly kind: 'exists';
  /** Whether the optional word `exists` was written. */
  readonly explicit: boolean;
  readonly pattern: Pattern;
}

/** What one pattern is to one other. */
export type PairRelation =
  | 'before'
  | 'after'
  | 'starts before'
  | 'starts after'
  | 'ends before'
  | 'ends after'
  | 'during'
  | 'overlaps'
  | 'under'
  | 'over';

export type Relation = PairRelation | 'between';

/** `A before c within 30s`; for `between` there are two references: `A between B and C`. */
export interface RelationTest extends Node, Parenthesised {
  readonly kind: 'relation';
  readonly pattern: Pattern;
  readonly relation: Relation;
  readonly references: readonly [Pattern] | readonly [Pattern, Pattern];
  readonly bound: Bound;
}

/** Limits on the gap between the two edges that a relation compares, in either order in the text. */
export interface Bound {
  readonly within?: DurationLiteral;
  readonly atLeast?: DurationLiteral;
}

/** `A then B then not X then starts C within 10s`. The first step has link `first`. */
export interface SequenceTest extends Node, Parenthesised {
  readonly kind: 'sequence';
  readonly steps: readonly SequenceStep[];
  readonly bound: Bound;
}

export interface SequenceStep extends Node {
  readonly link: 'first' | 'then' | 'then starts';
  /** What must not lie between the previous step and this one: the `not X` of `then not X then`. */
  readonly without: readonly Pattern[];
  readonly pattern: Pattern;
}

export interface CompareTest extends Node, Parenthesised {
  readonly kind: 'compare';
  readonly operator: ComparisonOperator;
  readonly left: Scalar;
  readonly right: Scalar;
}

export type Scalar =
  | CountScalar
  | AggregateScalar
  | LiteralScalar
  | FieldScalar
  | BinaryScalar
  | NegateScalar
  | CallScalar;

/** `count(P)`: the number of spans in the trace that match P. */
export interface CountScalar extends Node, Parenthesised {
  readonly kind: 'count';
  readonly pattern: Pattern;
}

/** `sum(P, field)`, …, `quantile(P, field, 0.99)`: over the field of the matching spans that have it. */
export interface AggregateScalar extends Node, Parenthesised {
  readonly kind: 'aggregate';
  readonly function: 'distinct' | 'sum' | 'avg' | 'min' | 'max' | 'quantile';
  readonly pattern: Pattern;
  readonly field: FieldExpression;
  /** Present for `quantile` only, in [0, 1]. */
  readonly quantile?: FloatLiteral | IntLiteral;
}

export interface LiteralScalar extends Node, Parenthesised {
  readonly kind: 'literal';
  readonly literal: Literal;
}

/** `c.span.amount`: a field of a bound span (`field.bound` is present). */
export interface FieldScalar extends Node, Parenthesised {
  readonly kind: 'field';
  readonly field: Field;
}

export interface BinaryScalar extends Node, Parenthesised {
  readonly kind: 'binary';
  readonly operator: ArithmeticOperator;
  readonly left: Scalar;
  readonly right: Scalar;
}

export interface NegateScalar extends Node, Parenthesised {
  readonly kind: 'negate';
  readonly operand: Scalar;
}

/** `hour(c.start)`: a function of a value of the clause. */
export interface CallScalar extends Call<Scalar> {}

/**
 * A set of spans of one trace: a TraceQL pipeline, narrowed by `where` (one span satisfies both), named by `as`.
 * A pattern that is only the name of a bound span means exactly that span.
 */
export interface Pattern extends Node {
  readonly pipeline: Pipeline;
  readonly where?: FieldExpression;
  /** In `when` only. */
  readonly as?: Name;
}

// ------------------------------------------------------------------------------------------------ TraceQL pipelines

export interface Pipeline extends Node {
  readonly stages: readonly Stage[];
}

export type Stage = SpansetStage | ByStage | CoalesceStage | SelectStage | AggregateStage;

/** The first stage, or a later one that filters what came before. */
export interface SpansetStage extends Node {
  readonly kind: 'spanset';
  readonly expression: SpansetExpression;
}

export interface ByStage extends Node {
  readonly kind: 'by';
  readonly expressions: readonly FieldExpression[];
}

export interface CoalesceStage extends Node {
  readonly kind: 'coalesce';
}

export interface SelectStage extends Node {
  readonly kind: 'select';
  readonly fields: readonly Field[];
}

/** `count() > 2`: drops whole spansets. */
export interface AggregateStage extends Node {
  readonly kind: 'aggregate';
  readonly operator: ComparisonOperator;
  readonly left: AggregateExpression;
  readonly right: AggregateExpression;
}

export type AggregateExpression =
  | AggregateCall
  | AggregateLiteral
  | AggregateBinary
  | AggregateNegate
  | ParameterReference;

export interface AggregateCall extends Node, Parenthesised {
  readonly kind: 'call';
  readonly function: 'count' | 'min' | 'max' | 'avg' | 'sum';
  /** Absent for `count()` only. */
  readonly argument?: FieldExpression;
}

export interface AggregateLiteral extends Node, Parenthesised {
  readonly kind: 'literal';
  readonly literal: Literal;
}

export interface AggregateBinary extends Node, Parenthesised {
  readonly kind: 'binary';
  readonly operator: ArithmeticOperator;
  readonly left: AggregateExpression;
  readonly right: AggregateExpression;
}

export interface AggregateNegate extends Node, Parenthesised {
  readonly kind: 'negate';
  readonly operand: AggregateExpression;
}

export type SpansetExpression = Filter | SpansetOperation | SpansetName | SpansetGroup;

/** `{ expression }`; `{ }` has no expression and matches every span. */
export interface Filter extends Node {
  readonly kind: 'filter';
  readonly expression?: FieldExpression;
}

export interface SpansetOperation extends Node {
  readonly kind: 'operation';
  readonly operator: SpansetOperator;
  readonly left: SpansetExpression;
  readonly right: SpansetExpression;
}

/** The name of a `let`, `charge-over(1000)` of one with parameters, or of a bound span. */
export interface SpansetName extends Node {
  readonly kind: 'name';
  readonly name: Name;
  /** Absent for none. */
  readonly arguments?: readonly FieldExpression[];
}

/** `( pipeline )`. */
export interface SpansetGroup extends Node {
  readonly kind: 'group';
  readonly pipeline: Pipeline;
}

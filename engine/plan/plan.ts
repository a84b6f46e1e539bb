import type { PairRelation, SpansetOperator, ValueFunction } from '../language/tree/ast.js';
import type { RuleSettings } from '../language/words/settings.js';
import type { ArithmeticOperator, CompareOperator, Constant, Expression, FieldPlan } from './expression.js';
import type { FlowPlan } from './flow-plan.js';
import type { ColumnNeeds } from './schema.js';
import type { RuleNeeds } from './vacuity/needs.js';

/**
 * What a run does, as plain JSON: nothing in it knows the database that will run it.
 *
 * All rules of a run share one pass over the spans. The pass evaluates each distinct filter once (`predicates`) and keeps
 * the spans that match at least one; everything else works on those few.
 */
export interface Plan {
  readonly version: 1;
  /** Distinct filters of all rules, without their conditions on bound spans. Leaves refer to them by index. */
  readonly predicates: readonly Expression[];
  readonly rules: readonly RulePlan[];
  readonly needs: ColumnNeeds;
  /** What each violation that is listed carries of its span; absent where nobody asks. */
  readonly carries?: readonly FieldPlan[];
}

export interface RulePlan {
  readonly id: string;
  /** First 16 hex digits of a hash over the rule's meaning: changes exactly when the canonical text changes. */
  readonly revision: string;
  readonly settings: RuleSettings;
  readonly decidable: Decidability;
  /** Absent for a rule about each trace by itself. */
  readonly flow?: FlowPlan;
  /** Names of `when … as`, in order of the text. */
  readonly bindings: readonly BindingPlan[];
  /** What else must hold for the rule to apply; absent for "always applies" (beyond the bindings). */
  readonly when?: ConditionPlan;
  readonly clauses: readonly ClausePlan[];
  /** What the clauses need of the data in order to fail. */
  readonly needs: RuleNeeds;
  /** Fields of bound spans that any part of the rule reads. */
  readonly boundFields: readonly FieldPlan[];
}

/** When a verdict on a live trace is final: see `classify.ts`. */
export type Decidability =
  | { readonly kind: 'now' }
  /** Nanoseconds after the bound span, decimal text. */
  | { readonly kind: 'deadline'; readonly after: string }
  | { readonly kind: 'closure' };

export interface BindingPlan {
  readonly name: string;
  readonly pattern: PatternPlan;
}

export interface ClausePlan {
  readonly keyword: 'always' | 'never';
  /** The n-th clause of its keyword, from 1. */
  readonly index: number;
  readonly text: string;
  readonly condition: ConditionPlan;
}

export type ConditionPlan =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly ConditionPlan[] }
  | { readonly kind: 'not'; readonly operand: ConditionPlan }
  | { readonly kind: 'exists'; readonly pattern: PatternPlan }
  | RelationPlan
  | BetweenPlan
  | SequencePlan
  | ComparePlan
  /** `scalar != nil`; never "cannot tell". */
  | { readonly kind: 'present'; readonly scalar: ScalarPlan };

export interface GapPlan {
  /** Nanoseconds, decimal text. */
  readonly within?: string;
  readonly atLeast?: string;
}

export interface RelationPlan {
  readonly kind: 'relation';
  readonly relation: PairRelation;
  readonly left: PatternPlan;
  readonly right: PatternPlan;
  readonly gap: GapPlan;
}

export interface BetweenPlan {
  readonly kind: 'between';
  readonly pattern: PatternPlan;
  readonly from: PatternPlan;
  readonly to: PatternPlan;
  /** The bound spans that a `when` names as the delimiters found: `between A and B as b`. */
  readonly fromIs?: string;
  readonly toIs?: string;
}

export interface SequencePlan {
  readonly kind: 'sequence';
  readonly steps: readonly StepPlan[];
  readonly gap: GapPlan;
}

export interface StepPlan {
  /** How this step follows the previous one; the first step's is not looked at. */
  readonly link: 'then' | 'then starts';
  readonly without: readonly PatternPlan[];
  readonly pattern: PatternPlan;
}

export interface ComparePlan {
  readonly kind: 'compare';
  readonly operator: CompareOperator;
  readonly left: ScalarPlan;
  readonly right: ScalarPlan;
}

export type ScalarPlan =
  | { readonly kind: 'constant'; readonly constant: Constant }
  | { readonly kind: 'field'; readonly field: FieldPlan; readonly text: string }
  | {
      readonly kind: 'aggregate';
      readonly function: 'count' | 'distinct' | 'sum' | 'avg' | 'min' | 'max' | 'quantile';
      readonly pattern: PatternPlan;
      /** The pattern in words of the language, for people. */
      readonly patternText: string;
      readonly argument?: Expression;
      readonly quantile?: number;
      readonly text: string;
    }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: ScalarPlan;
      readonly right: ScalarPlan;
    }
  | { readonly kind: 'negate'; readonly operand: ScalarPlan }
  | {
      readonly kind: 'call';
      readonly function: ValueFunction;
      readonly operand: ScalarPlan;
      readonly zone?: string;
    };

/** A set of spans of one trace: the stages of a pipeline. A `where` is one more stage. */
export interface PatternPlan {
  /** Set when the pattern is exactly one bound span; `stages` is then empty. */
  readonly bound?: string;
  readonly stages: readonly StagePlan[];
  /** Whether the spans depend on the case, not only on the trace: a filter reads bound spans, or the case is of a flow. */
  readonly perCase: boolean;
  readonly text: string;
}

export type StagePlan =
  | { readonly kind: 'spanset'; readonly expression: SpansetPlan }
  | {
      readonly kind: 'by';
      readonly expressions: readonly Expression[];
      /** Each of them as a reader would write it. */
      readonly text: readonly string[];
    }
  | { readonly kind: 'coalesce' }
  | {
      readonly kind: 'aggregate';
      readonly operator: CompareOperator;
      readonly left: AggregatePlan;
      readonly right: AggregatePlan;
      /** The two sides as a reader would write them. */
      readonly text: readonly [string, string];
    };

export type AggregatePlan =
  | { readonly kind: 'constant'; readonly constant: Constant }
  | {
      readonly kind: 'call';
      readonly function: 'count' | 'min' | 'max' | 'avg' | 'sum';
      readonly argument?: Expression;
    }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: AggregatePlan;
      readonly right: AggregatePlan;
    }
  | { readonly kind: 'negate'; readonly operand: AggregatePlan };

export type SpansetPlan =
  /** Spans where predicate `predicate` holds and, if present, `residual` (the part that reads bound spans). */
  | { readonly kind: 'leaf'; readonly predicate: number; readonly residual?: Expression }
  | {
      readonly kind: 'operation';
      readonly operator: SpansetOperator;
      readonly left: SpansetPlan;
      readonly right: SpansetPlan;
    }
  | { readonly kind: 'group'; readonly stages: readonly StagePlan[] }
  | { readonly kind: 'bound'; readonly name: string };

import type {
  CaseRuleItem,
  Clause,
  Condition,
  FieldExpression,
  Pattern,
  Pipeline,
  Range,
  Scalar,
  SequenceStep,
  SpansetExpression,
  Stage,
} from '../tree/ast.js';
import { type Filling, fillExpression, fillPipeline } from './fill.js';
import { bindingsOf, type LetDefinition, type Scopes } from './scope.js';

/** An `always` or `never` of a rule with its lets replaced. */
export interface ExpandedClause {
  readonly keyword: 'always' | 'never';
  /** The n-th of its keyword in the rule, from 1: `always#1`. */
  readonly index: number;
  readonly condition: Condition;
  readonly range: Range;
}

export interface ExpandedRule {
  readonly when?: Condition;
  readonly clauses: readonly ExpandedClause[];
}

/**
 * Replaces every let-name in a rule by the pattern it stands for, as a `group` unless it is one filter, so that the `name` nodes left over are
 * bound spans. What is put in takes the range of the name it replaces: every range of the result lies in the rule's own
 * file, whichever file the let came from.
 *
 * Expects lets that are not recursive and of bounded size, which the checker makes sure of; a name inside its
 * own value is left as it is.
 */
export function expandRule(path: string, rule: CaseRuleItem, scopes: Scopes): ExpandedRule {
  const expander = new Expander(path, scopes, new Set(bindingsOf(rule)));
  const counts = { always: 0, never: 0 };
  const when = rule.clauses.find((clause) => clause.kind === 'when');
  return {
    ...(when ? { when: expander.condition(when.condition) } : {}),
    clauses: rule.clauses.filter(isJudged).map((clause) => ({
      keyword: clause.kind,
      index: ++counts[clause.kind],
      condition: expander.condition(clause.condition),
      range: clause.range,
    })),
  };
}

/** The same for a pipeline that is in a file by itself. */
export function expandPipeline(path: string, pipeline: Pipeline, scopes: Scopes): Pipeline {
  return new Expander(path, scopes, new Set()).pipeline(pipeline);
}

function isJudged(clause: Clause): clause is Clause & { readonly kind: 'always' | 'never' } {
  return clause.kind !== 'when';
}

class Expander {
  private readonly filling: Filling;
  /** Whether there is anything to fill in. */
  private readonly fills: boolean;

  constructor(
    private readonly path: string,
    private readonly scopes: Scopes,
    private readonly bound: ReadonlySet<string>,
    private readonly open: ReadonlySet<LetDefinition['item']> = new Set(),
    parameters: Filling['parameters'] = new Map(),
  ) {
    const lists = scopes.get(path)?.lists;
    this.fills = parameters.size > 0 || (lists !== undefined && lists.size > 0);
    this.filling = {
      parameters,
      list: (name) => {
        const values = lists?.get(name)?.values;
        return values?.kind === 'values' ? values.values : undefined;
      },
    };
  }

  condition(condition: Condition): Condition {
    switch (condition.kind) {
      case 'and':
      case 'or':
        return { ...condition, operands: condition.operands.map((operand) => this.condition(operand)) };
      case 'not':
        return { ...condition, operand: this.condition(condition.operand) };
      case 'exists':
        return { ...condition, pattern: this.pattern(condition.pattern) };
      case 'relation': {
        const [first, second] = condition.references;
        return {
          ...condition,
          pattern: this.pattern(condition.pattern),
          references: second ? [this.pattern(first), this.pattern(second)] : [this.pattern(first)],
        };
      }
      case 'sequence':
        return { ...condition, steps: condition.steps.map((step) => this.step(step)) };
      case 'compare':
        return { ...condition, left: this.scalar(condition.left), right: this.scalar(condition.right) };
    }
  }

  private step(step: SequenceStep): SequenceStep {
    return {
      ...step,
      without: step.without.map((pattern) => this.pattern(pattern)),
      pattern: this.pattern(step.pattern),
    };
  }

  private scalar(scalar: Scalar): Scalar {
    switch (scalar.kind) {
      case 'count':
        return { ...scalar, pattern: this.pattern(scalar.pattern) };
      case 'aggregate':
        return {
          ...scalar,
          pattern: this.pattern(scalar.pattern),
          field: this.expression(scalar.field),
        };
      case 'binary':
        return { ...scalar, left: this.scalar(scalar.left), right: this.scalar(scalar.right) };
      case 'negate':
      case 'call':
        return { ...scalar, operand: this.scalar(scalar.operand) };
      case 'literal':
      case 'field':
        return scalar;
    }
  }

  private pattern(pattern: Pattern): Pattern {
    const { where } = pattern;
    return {
      ...pattern,
      pipeline: this.pipeline(pattern.pipeline),
      ...(where === undefined ? {} : { where: this.expression(where) }),
    };
  }

  private expression(expression: FieldExpression): FieldExpression {
    return this.fills ? fillExpression(expression, this.filling) : expression;
  }

  pipeline(written: Pipeline): Pipeline {
    const pipeline = this.fills ? fillPipeline(written, this.filling) : written;
    return { ...pipeline, stages: pipeline.stages.map((stage) => this.stage(stage)) };
  }

  private stage(stage: Stage): Stage {
    return stage.kind === 'spanset' ? { ...stage, expression: this.spanset(stage.expression) } : stage;
  }

  private spanset(expression: SpansetExpression): SpansetExpression {
    switch (expression.kind) {
      case 'filter':
        return expression;
      case 'operation':
        return { ...expression, left: this.spanset(expression.left), right: this.spanset(expression.right) };
      case 'group':
        return {
          ...expression,
          pipeline: {
            ...expression.pipeline,
            stages: expression.pipeline.stages.map((stage) => this.stage(stage)),
          },
        };
      case 'name': {
        const name = expression.name.text;
        const definition = this.bound.has(name) ? undefined : this.scopes.get(this.path)?.lets.get(name);
        if (!definition || this.open.has(definition.item)) return expression;
        const open = new Set([...this.open, definition.item]);
        const given = expression.arguments ?? [];
        const values = (definition.item.parameters ?? []).flatMap(({ text }, n) =>
          given[n] === undefined ? [] : [[text, given[n]] as const],
        );
        const inner = new Expander(definition.path, this.scopes, new Set(), open, new Map(values));
        const value = withRange(inner.pipeline(definition.item.value), expression.range);
        // A single filter needs no parentheses, and reads better without in messages.
        const [only, ...more] = value.stages;
        if (only?.kind === 'spanset' && only.expression.kind === 'filter' && more.length === 0)
          return only.expression;
        return { kind: 'group', range: expression.range, pipeline: value };
      }
    }
  }
}

/** A copy of a tree in which every node has the given range. */
function withRange<T>(tree: T, range: Range): T {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, key === 'range' ? range : copy(inner)]),
    );
  };
  return copy(tree) as T;
}

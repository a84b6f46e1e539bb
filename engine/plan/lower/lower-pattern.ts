import { printAggregate, printExpression, printPattern } from '../../language/print/print-expression.js';
import type {
  AggregateExpression,
  FieldExpression,
  Pattern,
  SpansetExpression,
  Stage,
} from '../../language/tree/ast.js';
import { unitOfAggregate } from '../../language/tree/units.js';
import { type Among, behindStage, OF_ALL } from '../chosen-items.js';
import { allOf, conjuncts, type Expression, forEachField, isPlain, mentionsBound } from '../expression.js';
import type { AggregatePlan, PatternPlan, SpansetPlan, StagePlan } from '../plan.js';
import { lowerArithmetic, lowerExpression, lowerLiteral } from './lower-expression.js';

/** Collects the distinct filters of a run. */
export class Predicates {
  readonly all: Expression[] = [];
  private readonly index = new Map<string, number>();

  add(expression: Expression): number {
    const key = JSON.stringify(expression);
    const known = this.index.get(key);
    if (known !== undefined) return known;
    const added = this.all.length;
    this.all.push(expression);
    this.index.set(key, added);
    return added;
  }
}

/** The plan form of a pattern whose let-names were expanded; `bound` are the names of bound spans in scope. */
export function lowerPattern(
  pattern: Pattern,
  predicates: Predicates,
  bound: ReadonlySet<string>,
): PatternPlan {
  return lowerPatternItems(pattern, predicates, bound).plan;
}

/** The same, and what counts of the events and links of its spans. */
export function lowerPatternItems(
  pattern: Pattern,
  predicates: Predicates,
  bound: ReadonlySet<string>,
): { readonly plan: PatternPlan; readonly among: Among } {
  const text = printPattern(pattern);
  const name = boundName(pattern);
  if (name !== undefined && bound.has(name))
    return { plan: { bound: name, stages: [], perCase: true, text }, among: OF_ALL };
  const { stages, among } = lowerStages(pattern.pipeline.stages, pattern.where, predicates);
  return { plan: { stages, perCase: stages.some(stageIsPerCase), text }, among };
}

function boundName(pattern: Pattern): string | undefined {
  const [stage, ...more] = pattern.pipeline.stages;
  if (stage?.kind !== 'spanset' || more.length > 0 || pattern.where !== undefined) return undefined;
  return stage.expression.kind === 'name' ? stage.expression.name.text : undefined;
}

type DraftStage = StagePlan | { readonly kind: 'filter'; readonly expression: Expression };

export interface LoweredStages {
  readonly stages: readonly StagePlan[];
  /** What counts of the events and links of the spans in the end. */
  readonly among: Among;
}

/** The plan form of the stages of a pipeline, and of a `where` behind them; `before` is what counts of the spans that come in. */
export function lowerStages(
  stages: readonly Stage[],
  where: FieldExpression | undefined,
  predicates: Predicates,
  before: Among = OF_ALL,
): LoweredStages {
  let among = before;
  const drafts = stages.flatMap((stage): readonly DraftStage[] => {
    const draft = draftStage(stage, predicates, among);
    if (stage.kind === 'spanset') among = behindStage(among, filtersOf(stage.expression));
    return draft;
  });
  // A pipeline that starts with `by` or an aggregate starts from all spans of the trace.
  if (drafts[0]?.kind !== 'filter' && drafts[0]?.kind !== 'spanset')
    drafts.unshift({ kind: 'filter', expression: allOf([]) });
  if (where !== undefined) {
    const expression = lowerExpression(where, 'at hand');
    drafts.push({ kind: 'filter', expression });
    among = behindStage(among, [expression]);
  }
  return {
    stages: mergeFilters(drafts).map((draft) =>
      draft.kind === 'filter' ? { kind: 'spanset', expression: leaf(draft.expression, predicates) } : draft,
    ),
    among,
  };
}

/** The filters that the spans of an expression come from; a bound span is there whatever its events are. */
function filtersOf(expression: SpansetExpression): readonly Expression[] {
  switch (expression.kind) {
    case 'filter':
      return [filterExpression(expression)];
    case 'name':
      return [allOf([])];
    case 'group':
      return filtersOfStages(expression.pipeline.stages);
    case 'operation': {
      const { operator, left, right } = expression;
      const both = operator === '||' || operator.startsWith('&');
      return both ? [...filtersOf(left), ...filtersOf(right)] : filtersOf(right);
    }
  }
}

/** Of a pipeline in parentheses: those of its last stage that asks for an event or link, else of its last. */
function filtersOfStages(stages: readonly Stage[]): readonly Expression[] {
  const all = stages.flatMap((stage) => (stage.kind === 'spanset' ? [filtersOf(stage.expression)] : []));
  return all.findLast((filters) => !filters.every(isPlain)) ?? all.at(-1) ?? [allOf([])];
}

function draftStage(stage: Stage, predicates: Predicates, among: Among): readonly DraftStage[] {
  switch (stage.kind) {
    case 'spanset': {
      if (stage.expression.kind === 'group') {
        const { stages } = stage.expression.pipeline;
        const [only] = stages;
        // `(A)` where A is one spanset is just A; a let-name arrives in this form.
        if (stages.length === 1 && only?.kind === 'spanset') return draftStage(only, predicates, among);
      }
      if (stage.expression.kind === 'filter')
        return [{ kind: 'filter', expression: filterExpression(stage.expression) }];
      return [{ kind: 'spanset', expression: lowerSpanset(stage.expression, predicates, among) }];
    }
    case 'by':
      return [
        {
          kind: 'by',
          expressions: stage.expressions.map((expression) => lowerExpression(expression, { first: among })),
          text: stage.expressions.map(printExpression),
        },
      ];
    case 'coalesce':
      return [{ kind: 'coalesce' }];
    case 'select':
      return [];
    case 'aggregate':
      return [
        {
          kind: 'aggregate',
          operator: stage.operator,
          left: lowerAggregate(stage.left, among),
          right: lowerAggregate(stage.right, among),
          text: [printAggregate(stage.left), printAggregate(stage.right)],
        },
      ];
  }
}

/** `{ A } | { B }` is `{ A && B }`, unless an event or link must satisfy A by itself. */
function mergeFilters(drafts: readonly DraftStage[]): readonly DraftStage[] {
  const merged: DraftStage[] = [];
  for (const draft of drafts) {
    const last = merged.at(-1);
    if (
      draft.kind === 'filter' &&
      last?.kind === 'filter' &&
      (isPlain(draft.expression) || isPlain(last.expression))
    )
      merged[merged.length - 1] = { kind: 'filter', expression: allOf([last.expression, draft.expression]) };
    else merged.push(draft);
  }
  return merged;
}

function filterExpression(filter: Extract<SpansetExpression, { kind: 'filter' }>): Expression {
  return filter.expression === undefined ? allOf([]) : lowerExpression(filter.expression, 'at hand');
}

/** Splits a filter into what the shared pass can evaluate and what must wait for the bound spans. */
function leaf(expression: Expression, predicates: Predicates): SpansetPlan {
  if (!mentionsBound(expression)) return { kind: 'leaf', predicate: predicates.add(allOf([expression])) };
  const parts = conjuncts(expression);
  if (!isPlain(expression)) {
    // One event has to satisfy the whole expression, so only the parts about the span itself can be taken out.
    const early = parts.filter((part) => !mentionsBound(part) && isPlain(part));
    return { kind: 'leaf', predicate: predicates.add(allOf(early)), residual: expression };
  }
  const early = parts.filter((part) => !mentionsBound(part));
  const late = parts.filter(mentionsBound);
  return { kind: 'leaf', predicate: predicates.add(allOf(early)), residual: allOf(late) };
}

function lowerSpanset(expression: SpansetExpression, predicates: Predicates, among: Among): SpansetPlan {
  switch (expression.kind) {
    case 'filter':
      return leaf(filterExpression(expression), predicates);
    case 'name':
      return { kind: 'bound', name: expression.name.text };
    case 'group': {
      const { stages } = lowerStages(expression.pipeline.stages, undefined, predicates, among);
      const [only] = stages;
      return stages.length === 1 && only?.kind === 'spanset' ? only.expression : { kind: 'group', stages };
    }
    case 'operation':
      return {
        kind: 'operation',
        operator: expression.operator,
        left: lowerSpanset(expression.left, predicates, among),
        right: lowerSpanset(expression.right, predicates, among),
      };
  }
}

function lowerAggregate(expression: AggregateExpression, among: Among): AggregatePlan {
  switch (expression.kind) {
    case 'literal':
      return { kind: 'constant', constant: lowerLiteral(expression.literal) };
    case 'parameter':
      throw new Error(`${expression.name.text} was not filled in`);
    case 'call':
      return {
        kind: 'call',
        function: expression.function,
        ...(expression.argument === undefined
          ? {}
          : { argument: lowerExpression(expression.argument, { first: among }) }),
      };
    case 'binary':
      return {
        kind: 'arithmetic',
        operator: lowerArithmetic(
          expression.operator,
          unitOfAggregate(expression.left),
          unitOfAggregate(expression.right),
        ),
        left: lowerAggregate(expression.left, among),
        right: lowerAggregate(expression.right, among),
      };
    case 'negate':
      return { kind: 'negate', operand: lowerAggregate(expression.operand, among) };
  }
}

/** Calls `visit` for every expression in the stages that is evaluated after the shared pass. */
export function forEachLateExpression(
  stages: readonly StagePlan[],
  visit: (expression: Expression) => void,
): void {
  for (const stage of stages) {
    if (stage.kind === 'spanset') forEachResidual(stage.expression, visit);
    if (stage.kind === 'by') for (const expression of stage.expressions) visit(expression);
    if (stage.kind === 'aggregate')
      for (const side of [stage.left, stage.right]) forEachArgument(side, visit);
  }
}

function forEachResidual(spanset: SpansetPlan, visit: (expression: Expression) => void): void {
  if (spanset.kind === 'leaf' && spanset.residual !== undefined) visit(spanset.residual);
  if (spanset.kind === 'group') forEachLateExpression(spanset.stages, visit);
  if (spanset.kind === 'operation')
    for (const side of [spanset.left, spanset.right]) forEachResidual(side, visit);
}

function forEachArgument(aggregate: AggregatePlan, visit: (expression: Expression) => void): void {
  if (aggregate.kind === 'call' && aggregate.argument !== undefined) visit(aggregate.argument);
  if (aggregate.kind === 'negate') forEachArgument(aggregate.operand, visit);
  if (aggregate.kind === 'arithmetic')
    for (const side of [aggregate.left, aggregate.right]) forEachArgument(side, visit);
}

function stageIsPerCase(stage: StagePlan): boolean {
  if (stage.kind === 'spanset' && spansetNamesBound(stage.expression)) return true;
  let found = false;
  forEachLateExpression([stage], (expression) => {
    forEachField(expression, (field) => {
      found ||= field.bound !== undefined;
    });
  });
  return found;
}

function spansetNamesBound(spanset: SpansetPlan): boolean {
  switch (spanset.kind) {
    case 'leaf':
      return false;
    case 'bound':
      return true;
    case 'group':
      return spanset.stages.some(stageIsPerCase);
    case 'operation':
      return spansetNamesBound(spanset.left) || spansetNamesBound(spanset.right);
  }
}

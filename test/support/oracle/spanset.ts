/** Spanset expressions, pipelines, and patterns. */
import type {
  AggregateExpression,
  AggregateStage,
  ByStage,
  Pattern,
  Pipeline,
  SpansetExpression,
  SpansetOperator,
  SpansetStage,
} from '../../../engine/language/tree/ast.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { type Asked, afterSpanset, chosenOf } from './chosen.js';
import { expressionValue, filterMatches } from './expression.js';
import { type Binding, boundSpan, NO_BINDING, type Scene } from './fields.js';
import { areSiblings, isChildOf, isDescendantOf, type Whole, wholeTrace } from './structure.js';
import { aggregate, arithmetic, compare, fromLiteral, identity, int, negate, type Value } from './values.js';

/** What the spans of one spanset have in common by an earlier stage, by the number of that stage in its pipeline. */
interface SpansetAttribute {
  readonly stage: number;
  readonly values: readonly Value[];
}

export interface Spanset {
  readonly spans: readonly Span[];
  readonly attributes: readonly SpansetAttribute[];
}

/** Where patterns are looked for. */
export interface Search {
  readonly whole: Whole;
  readonly binding: Binding;
  /** What the filters before tested of events and links. */
  readonly asked?: Asked;
}

export function matchPipeline(pipeline: Pipeline, trace: Trace): readonly Span[] {
  return pipelineSpans(pipeline, { whole: wholeTrace(trace), binding: NO_BINDING });
}

export function matchSpansets(pipeline: Pipeline, trace: Trace): readonly Spanset[] {
  const search = { whole: wholeTrace(trace), binding: NO_BINDING };
  return runPipeline(pipeline, search.whole.spans, search).spansets;
}

/** Whether the pipeline matches the trace, be it without any span as `{ false } | count() = 0` does. */
export function pipelineMatches(pipeline: Pipeline, trace: Trace): boolean {
  const search = { whole: wholeTrace(trace), binding: NO_BINDING };
  return runPipeline(pipeline, search.whole.spans, search).spansets.length > 0;
}

// ------------------------------------------------------------------------------------------------------- patterns

/** All spans of `P where f`, before `as` picks one of them. */
export function patternSpans(pattern: Pattern, search: Search): readonly Span[] {
  const spans = pipelineSpans(pattern.pipeline, search);
  const { where } = pattern;
  return where ? spans.filter((span) => filterMatches(where, { ...search, span })) : spans;
}

/** Whether the pattern exists. An aggregate that holds over no spans counts, but nothing is left of it to narrow. */
export function patternMatches(pattern: Pattern, search: Search): boolean {
  if (patternSpans(pattern, search).length > 0) return true;
  return !pattern.where && runPipeline(pattern.pipeline, search.whole.spans, search).spansets.length > 0;
}

function pipelineSpans(pipeline: Pipeline, search: Search): readonly Span[] {
  return union(...runPipeline(pipeline, search.whole.spans, search).spansets.map((spanset) => spanset.spans));
}

// ------------------------------------------------------------------------------------------------------ pipelines

/**
 * What flows from stage to stage.
 *
 * `empty`: the one ungrouped spanset has lost its last span; a following aggregate sees it as count() = 0.
 * Otherwise only spansets that matched so far; one without spans is there only if an aggregate accepted it.
 */
type Flow =
  | { readonly state: 'empty'; readonly spansets: readonly [] }
  | { readonly state: 'ungrouped' | 'grouped'; readonly spansets: readonly Spanset[] };

const EMPTY: Flow = { state: 'empty', spansets: [] };

/** Whether a node of the tree is a `select`, which only shows what it names. */
export function isSelect(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'kind' in node && node.kind === 'select';
}

function runPipeline(pipeline: Pipeline, spans: readonly Span[], search: Search): Flow {
  let flow: Flow = spans.length === 0 ? EMPTY : { state: 'ungrouped', spansets: [{ spans, attributes: [] }] };
  let asked = search.asked ?? {};
  for (const [number, stage] of pipeline.stages.entries()) {
    const here = { ...search, asked };
    switch (stage.kind) {
      case 'spanset':
        flow = filterStage(stage, flow, here);
        asked = afterSpanset(asked, stage.expression);
        break;
      case 'by':
        flow = byStage(stage, number, flow, here);
        break;
      case 'coalesce':
        flow = coalesceStage(flow);
        break;
      case 'select':
        break;
      case 'aggregate':
        flow = aggregateStage(stage, number, flow, here);
        break;
    }
  }
  return flow;
}

function filterStage(stage: SpansetStage, flow: Flow, search: Search): Flow {
  if (flow.state === 'grouped') {
    const spansets = flow.spansets
      .map((spanset) => ({ ...spanset, spans: expressionSpans(stage.expression, spanset.spans, search) }))
      .filter((spanset) => spanset.spans.length > 0);
    return { state: 'grouped', spansets };
  }
  if (flow.state === 'ungrouped' && flow.spansets.length === 0) return flow; // an aggregate dropped the only spanset
  const incoming = flow.spansets[0] ?? { spans: [], attributes: [] };
  const spans = expressionSpans(stage.expression, incoming.spans, search);
  if (spans.length > 0) return { state: 'ungrouped', spansets: [{ ...incoming, spans }] };
  // Parentheses around a whole pipeline change nothing: `({ false } | count() = 0)` still matches.
  const accepted = isEmptyMatch(stage.expression, incoming.spans, search);
  return accepted ? { state: 'ungrouped', spansets: [{ spans: [], attributes: [] }] } : EMPTY;
}

function isEmptyMatch(expression: SpansetExpression, spans: readonly Span[], search: Search): boolean {
  return expression.kind === 'group' && runPipeline(expression.pipeline, spans, search).spansets.length > 0;
}

function byStage(stage: ByStage, number: number, flow: Flow, search: Search): Flow {
  const groups: Spanset[] = [];
  for (const spanset of flow.spansets) {
    const split = new Map<string, { readonly values: readonly Value[]; readonly spans: Span[] }>();
    for (const span of spanset.spans) {
      const values = stage.expressions.map((expression) =>
        expressionValue(expression, sceneOf(span, search)),
      );
      const key = JSON.stringify(values.map(identity));
      const group = split.get(key) ?? { values, spans: [] };
      group.spans.push(span);
      split.set(key, group);
    }
    for (const { values, spans } of split.values()) {
      groups.push({ spans, attributes: [...spanset.attributes, { stage: number, values }] });
    }
  }
  return { state: 'grouped', spansets: groups };
}

function coalesceStage(flow: Flow): Flow {
  if (flow.state === 'empty') return flow;
  if (flow.spansets.length === 0) return { state: 'ungrouped', spansets: [] };
  const spans = union(...flow.spansets.map((spanset) => spanset.spans));
  return { state: 'ungrouped', spansets: [{ spans, attributes: [] }] };
}

function aggregateStage(stage: AggregateStage, number: number, flow: Flow, search: Search): Flow {
  const incoming: readonly Spanset[] =
    flow.state === 'empty' ? [{ spans: [], attributes: [] }] : flow.spansets;
  const spansets: Spanset[] = [];
  for (const spanset of incoming) {
    const left = aggregateValue(stage.left, spanset.spans, search);
    const right = aggregateValue(stage.right, spanset.spans, search);
    if (compare(stage.operator, left, right) !== true) continue;
    spansets.push({
      ...spanset,
      attributes: [...spanset.attributes, { stage: number, values: [left, right] }],
    });
  }
  return { state: flow.state === 'grouped' ? 'grouped' : 'ungrouped', spansets };
}

function aggregateValue(expression: AggregateExpression, spans: readonly Span[], search: Search): Value {
  switch (expression.kind) {
    case 'parameter':
      throw new RangeError('lets are filled in before');
    case 'literal':
      return fromLiteral(expression.literal);
    case 'binary': {
      const left = aggregateValue(expression.left, spans, search);
      return arithmetic(expression.operator, left, aggregateValue(expression.right, spans, search));
    }
    case 'negate':
      return negate(aggregateValue(expression.operand, spans, search));
    case 'call': {
      if (expression.function === 'count') return int(BigInt(spans.length));
      const argument = expression.argument!;
      return aggregate(
        expression.function,
        spans.map((span) => expressionValue(argument, sceneOf(span, search))),
      );
    }
  }
}

/** A span with the events and links that count behind the filters it came through. */
function sceneOf(span: Span, { whole, binding, asked = {} }: Search): Scene {
  const scene = { whole, binding };
  return { ...scene, span, chosen: chosenOf(span, asked, scene) };
}

// ------------------------------------------------------------------------------------------- spanset expressions

/** The spans that an expression leaves of one incoming spanset. */
function expressionSpans(
  expression: SpansetExpression,
  spans: readonly Span[],
  search: Search,
): readonly Span[] {
  switch (expression.kind) {
    case 'filter':
      return spans.filter((span) => filterMatches(expression.expression, { ...search, span }));
    case 'name': {
      const bound = boundSpan(search.binding, expression.name.text);
      return spans.filter((span) => span === bound);
    }
    case 'group':
      return union(
        ...runPipeline(expression.pipeline, spans, search).spansets.map((spanset) => spanset.spans),
      );
    case 'operation': {
      const left = expressionSpans(expression.left, spans, search);
      const right = expressionSpans(expression.right, spans, search);
      return operationSpans(expression.operator, left, right, search.whole);
    }
  }
}

function operationSpans(
  operator: SpansetOperator,
  left: readonly Span[],
  right: readonly Span[],
  whole: Whole,
): readonly Span[] {
  if (operator === '&&') return left.length > 0 && right.length > 0 ? union(left, right) : [];
  if (operator === '||') return union(left, right);
  const { form, relation } = STRUCTURAL[operator];
  const hasLeft = (b: Span): boolean => left.some((a) => relation(whole, a, b));
  switch (form) {
    case 'plain':
      return right.filter(hasLeft);
    case 'negated':
      return right.filter((b) => !hasLeft(b));
    case 'union':
      return union(
        left.filter((a) => right.some((b) => relation(whole, a, b))),
        right.filter(hasLeft),
      );
  }
}

/** Whether `a`, on the left of the operator, and `b`, on its right, are related. */
type Relation = (whole: Whole, a: Span, b: Span) => boolean;
const isParent: Relation = (whole, a, b) => isChildOf(whole, b, a);
const isAncestor: Relation = (whole, a, b) => isDescendantOf(whole, b, a);

const STRUCTURAL: Readonly<
  Record<
    Exclude<SpansetOperator, '&&' | '||'>,
    { readonly form: 'plain' | 'negated' | 'union'; readonly relation: Relation }
  >
> = {
  '>': { form: 'plain', relation: isParent },
  '>>': { form: 'plain', relation: isAncestor },
  '<': { form: 'plain', relation: isChildOf },
  '<<': { form: 'plain', relation: isDescendantOf },
  '~': { form: 'plain', relation: areSiblings },
  '!>': { form: 'negated', relation: isParent },
  '!>>': { form: 'negated', relation: isAncestor },
  '!<': { form: 'negated', relation: isChildOf },
  '!<<': { form: 'negated', relation: isDescendantOf },
  '!~': { form: 'negated', relation: areSiblings },
  '&>': { form: 'union', relation: isParent },
  '&>>': { form: 'union', relation: isAncestor },
  '&<': { form: 'union', relation: isChildOf },
  '&<<': { form: 'union', relation: isDescendantOf },
  '&~': { form: 'union', relation: areSiblings },
};

function union(...sets: readonly (readonly Span[])[]): readonly Span[] {
  return [...new Set(sets.flat())];
}

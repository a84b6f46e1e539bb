/** The shape of a trace: parents, the root, nested set numbers, and the relations, all by walking from span to parent. */
import type { KindName } from '../../../engine/language/tree/ast.js';
import { valuesOf } from '../../../engine/otlp/attributes.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { withoutCopies } from './merge.js';
import { compareBytes } from './values.js';

interface NestedSet {
  readonly left: number;
  readonly right: number;
  /** `left` of the parent, -1 for a root, 0 for a span whose parents lead back to itself. */
  readonly parent: number;
}

/** A merged trace with everything about it that does not depend on the rule. */
export interface Whole {
  readonly traceId: string;
  readonly spans: readonly Span[];
  readonly start: bigint;
  readonly end: bigint;
  readonly root: Span | undefined;
  readonly parents: ReadonlyMap<Span, Span>;
  /** The first of the spans of a cycle of parents: above it the tree ends. */
  readonly cut: ReadonlySet<Span>;
  readonly nested: ReadonlyMap<Span, NestedSet>;
  /** Of spans of several traces: the trace that each is of, whole. */
  readonly homes?: ReadonlyMap<Span, Whole>;
}

/** The trace of a span. */
export function homeOf(whole: Whole, span: Span): Whole {
  return whole.homes?.get(span) ?? whole;
}

export function wholeTrace(trace: Trace): Whole {
  const whole = WHOLE.get(trace) ?? lookAtWhole(trace);
  WHOLE.set(trace, whole);
  return whole;
}

/** Many queries are about the same trace. */
const WHOLE = new WeakMap<Trace, Whole>();

function lookAtWhole(trace: Trace): Whole {
  const spans = withoutCopies(trace.spans);
  const parents = new Map<Span, Span>();
  for (const span of spans) {
    const parent = resolveParent(span, spans);
    if (parent) parents.set(span, parent);
  }
  const roots = inOrder(spans.filter((span) => span.parentSpanId === '' && !parents.has(span)));
  const isReferred = (span: Span): boolean =>
    span.links.some(
      (link) =>
        link.traceId === trace.traceId &&
        valuesOf(link.attributes.get('opentracing.ref_type')).includes('child_of'),
    );
  const cut = new Set(
    spans.filter((span) => {
      const cycle = cycleOf(span, parents);
      return cycle.length > 0 && inOrder(cycle)[0] === span;
    }),
  );
  return {
    traceId: trace.traceId,
    spans,
    start: sorted(spans.map((span) => span.start)).at(0)!,
    end: sorted(spans.map(endOf)).at(-1)!,
    root: roots.find((span) => !isReferred(span)),
    parents,
    cut,
    nested: numberSpans(spans, roots, parents, cut),
  };
}

function sorted(times: readonly bigint[]): readonly bigint[] {
  return [...times].sort((a, b) => Number(a - b));
}

export function endOf(span: Span): bigint {
  return span.start + span.duration;
}

/**
 * The span that carries the parent id: of several a server span before others, then the first. A server span that shares its id
 * with a client span (Zipkin) is the child of that, whatever it names as its parent.
 */
function resolveParent(child: Span, spans: readonly Span[]): Span | undefined {
  const carriers = (id: string): readonly Span[] => inOrder(spans.filter((span) => span.spanId === id));
  if (child.kind === 'server') {
    const client = carriers(child.spanId).find(({ kind }) => kind === 'client');
    if (client !== undefined) return client;
  }
  if (child.parentSpanId === '') return undefined;
  const possible = carriers(child.parentSpanId);
  return possible.find(({ kind }) => kind === 'server') ?? possible[0];
}

/** The spans of the cycle of parents that the span is part of; none where it is part of none. */
function cycleOf(span: Span, parents: ReadonlyMap<Span, Span>): readonly Span[] {
  const seen: Span[] = [span];
  for (let up = parents.get(span); up !== undefined && up !== span; up = parents.get(up)) {
    if (seen.includes(up)) return [];
    seen.push(up);
  }
  return parents.get(seen.at(-1)!) === span ? seen : [];
}

/** OTLP's numbers. */
const KIND_NUMBERS: Readonly<Record<KindName, number>> = {
  unspecified: 0,
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};

export function inOrder(spans: readonly Span[]): readonly Span[] {
  return [...spans].sort((a, b) => {
    if (a.start !== b.start) return a.start < b.start ? -1 : 1;
    return (
      compareBytes(a.spanId, b.spanId) ||
      KIND_NUMBERS[a.kind] - KIND_NUMBERS[b.kind] ||
      compareBytes(a.name, b.name)
    );
  });
}

/** Roots first, then the children of each parent that is not there, which takes numbers as if it were, then what is below cycles. */
function numberSpans(
  spans: readonly Span[],
  roots: readonly Span[],
  parents: ReadonlyMap<Span, Span>,
  cut: ReadonlySet<Span>,
): ReadonlyMap<Span, NestedSet> {
  const numbers = new Map<Span, NestedSet>();
  let next = 1;
  const visit = (span: Span, parent: number): void => {
    const left = next++;
    const children = spans.filter((other) => parents.get(other) === span && !cut.has(other));
    for (const child of inOrder(children)) visit(child, left);
    const right = next++;
    numbers.set(span, { left, right, parent });
  };
  for (const root of roots) visit(root, -1);
  const orphans = inOrder(spans.filter((span) => span.parentSpanId !== '' && !parents.has(span)));
  for (const absent of new Set(orphans.map((span) => span.parentSpanId))) {
    const left = next++;
    for (const span of orphans.filter(({ parentSpanId }) => parentSpanId === absent)) visit(span, left);
    next++;
  }
  for (const span of inOrder(spans)) {
    let top = span;
    while (!numbers.has(span) && !cut.has(top)) top = parents.get(top)!;
    if (!numbers.has(span)) visit(top, 0);
  }
  return numbers;
}

export function childCount(whole: Whole, span: Span): number {
  return whole.spans.filter((other) => whole.parents.get(other) === span).length;
}

// ------------------------------------------------------------------------------------------------------ relations

function above(whole: Whole, span: Span): Span | undefined {
  return whole.cut.has(span) ? undefined : whole.parents.get(span);
}

export function isChildOf(whole: Whole, child: Span, parent: Span): boolean {
  return above(whole, child) === parent;
}

export function isDescendantOf(whole: Whole, inner: Span, outer: Span): boolean {
  for (let up = above(whole, inner); up !== undefined; up = above(whole, up)) if (up === outer) return true;
  return false;
}

/** Spans with one parent, there or not. Roots are siblings of one another. */
export function areSiblings(whole: Whole, a: Span, b: Span): boolean {
  if (a === b || whole.cut.has(a) || whole.cut.has(b)) return false;
  if (homeOf(whole, a) !== homeOf(whole, b)) return false;
  const [up, other] = [whole.parents.get(a), whole.parents.get(b)];
  return up === undefined && other === undefined ? a.parentSpanId === b.parentSpanId : up === other;
}

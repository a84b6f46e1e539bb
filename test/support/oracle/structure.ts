/** The shape of a trace: parents, the root, Tempo's nested set numbers, and the relations made from them. */
import type { KindName } from '../../../engine/language/ast.js';
import type { Span, Trace } from '../../../engine/spans/model.js';
import { withoutCopies } from './merge.js';
import { compareBytes } from './values.js';

interface NestedSet {
  readonly left: number;
  readonly right: number;
  /** `left` of the parent, -1 for a root, 0 without numbers. */
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
  readonly nested: ReadonlyMap<Span, NestedSet>;
}

export function wholeTrace(trace: Trace): Whole {
  const whole = WHOLE.get(trace) ?? lookAtWhole(trace);
  WHOLE.set(trace, whole);
  return whole;
}

/** Many queries are asked of the same trace. */
const WHOLE = new WeakMap<Trace, Whole>();

function lookAtWhole(trace: Trace): Whole {
  const spans = withoutCopies(trace.spans);
  const roots = inOrder(spans.filter((span) => span.parentSpanId === ''));
  const parents = new Map<Span, Span>();
  for (const span of spans) {
    const parent = resolveParent(span, spans);
    if (parent) parents.set(span, parent);
  }
  return {
    traceId: trace.traceId,
    spans,
    start: sorted(spans.map((span) => span.start)).at(0)!,
    end: sorted(spans.map(endOf)).at(-1)!,
    root: roots[0],
    parents,
    nested: numberSpans(spans, roots, parents),
  };
}

function sorted(times: readonly bigint[]): readonly bigint[] {
  return [...times].sort((a, b) => Number(a - b));
}

export function endOf(span: Span): bigint {
  return span.start + span.duration;
}

/** The span that carries the parent id. Where several do, a server child wants the client one, others the server one. */
function resolveParent(child: Span, spans: readonly Span[]): Span | undefined {
  if (child.parentSpanId === '') return undefined;
  const carriers = spans.filter((span) => span.spanId === child.parentSpanId);
  if (carriers.length <= 1) return carriers[0];
  const wanted: KindName = child.kind === 'server' ? 'client' : 'server';
  return carriers.find((span) => span.kind === wanted);
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

function inOrder(spans: readonly Span[]): readonly Span[] {
  return [...spans].sort((a, b) => {
    if (a.start !== b.start) return a.start < b.start ? -1 : 1;
    return compareBytes(a.spanId, b.spanId) || KIND_NUMBERS[a.kind] - KIND_NUMBERS[b.kind];
  });
}

const UNNUMBERED: NestedSet = { left: 0, right: 0, parent: 0 };

function numberSpans(
  spans: readonly Span[],
  roots: readonly Span[],
  parents: ReadonlyMap<Span, Span>,
): ReadonlyMap<Span, NestedSet> {
  const numbers = new Map<Span, NestedSet>(spans.map((span) => [span, UNNUMBERED]));
  const isShared = (id: string): boolean => spans.filter((span) => span.spanId === id).length > 2;
  if (spans.some((span) => isShared(span.spanId))) return numbers;

  let next = 1;
  const visit = (span: Span, parent: number): void => {
    const left = next++;
    for (const child of inOrder(spans.filter((other) => parents.get(other) === span))) visit(child, left);
    const right = next++;
    numbers.set(span, { left, right, parent });
  };
  for (const root of roots) visit(root, -1);
  return numbers;
}

export function childCount(whole: Whole, span: Span): number {
  return whole.spans.filter((other) => whole.parents.get(other) === span).length;
}

// ------------------------------------------------------------------------------------------------------ relations

export function isChildOf(whole: Whole, child: Span, parent: Span): boolean {
  const left = whole.nested.get(parent)!.left;
  return left !== 0 && left === whole.nested.get(child)!.parent;
}

export function isDescendantOf(whole: Whole, inner: Span, outer: Span): boolean {
  const a = whole.nested.get(outer)!;
  const b = whole.nested.get(inner)!;
  return a.left !== 0 && b.left !== 0 && a.left < b.left && b.right < a.right;
}

/** Roots are siblings of one another. */
export function areSiblings(whole: Whole, a: Span, b: Span): boolean {
  const parent = whole.nested.get(a)!.parent;
  return a !== b && parent !== 0 && parent === whole.nested.get(b)!.parent;
}

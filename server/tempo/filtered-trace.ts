/** Of one trace, the spans that a filter matches, and those around them. */
import type { TraceResult, TraceSpan } from '../../engine/query/trace-result.js';
import type { Call } from '../http/call.js';
import type { TempoContext } from './context.js';
import type { TraceFilter } from './params/trace-filter.js';
import { spansQuery } from './query-text.js';

export interface FilteredTrace {
  readonly result: TraceResult;
  /** Whether it lacks spans. */
  readonly cut: boolean;
}

/** It is answered as a search is, over the time of the trace: so a filter means the same in both. */
export async function filteredTrace(
  { backend, config }: TempoContext,
  call: Call,
  whole: TraceResult,
  filter: TraceFilter,
): Promise<FilteredTrace> {
  const spans = spansOf(whole);
  if (spans.length === 0) return { result: whole, cut: false };
  const text = `{ trace:id = "${whole.traceId}" && (${filter.condition}) }`;
  const { traces } = await backend.search(call, {
    query: spansQuery(text, config.query.maxQuery + text.length),
    text,
    range: {
      start: spans.reduce((least, span) => min(least, span.startTimeUnixNano), spans[0]!.startTimeUnixNano),
      end: spans.reduce((most, span) => -min(-most, -span.endTimeUnixNano), spans[0]!.endTimeUnixNano),
    },
    limit: 1,
    spansPerSpanset: spans.length,
  });
  const found = new Set(
    traces.flatMap(({ spansets }) =>
      spansets.flatMap((spanset) =>
        spanset.spans.map(({ spanId, name, start }) => keyOf(spanId, name, start)),
      ),
    ),
  );
  const matched = spans.filter((span) => found.has(keyOf(span.spanId, span.name, span.startTimeUnixNano)));
  const around = new Set([
    ...reached(matched, filter.above, parentsById(spans)),
    ...reached(matched, filter.below, childrenById(spans)),
  ]);
  const matching = new Set(matched);
  const isKept = (span: TraceSpan): boolean => matching.has(span) || around.has(span.spanId);
  const result = only(whole, isKept);
  return { result, cut: spansOf(result).length < spans.length };
}

function spansOf({ resourceSpans }: TraceResult): readonly TraceSpan[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

/** The two sides of a call may have one id: their names or starts tell them apart. */
function keyOf(spanId: string, name: string, start: bigint): string {
  return `${spanId} ${start} ${name}`;
}

type Neighbours = ReadonlyMap<string, readonly string[]>;

function parentsById(spans: readonly TraceSpan[]): Neighbours {
  return groupedBy(spans.map(({ spanId, parentSpanId }) => [spanId, parentSpanId]));
}

function childrenById(spans: readonly TraceSpan[]): Neighbours {
  return groupedBy(spans.map(({ spanId, parentSpanId }) => [parentSpanId, spanId]));
}

function groupedBy(pairs: readonly (readonly [from: string, to: string])[]): Neighbours {
  const found = new Map<string, string[]>();
  for (const [from, to] of pairs) {
    const known = found.get(from);
    if (known === undefined) found.set(from, [to]);
    else known.push(to);
  }
  return found;
}

/** Ids that so many steps lead to from the spans, by breadth; -1 for any number. A root has no parent to lead to. */
function reached(spans: readonly TraceSpan[], steps: number, next: Neighbours): ReadonlySet<string> {
  const found = new Set<string>();
  let edge = spans.map(({ spanId }) => spanId);
  for (let step = 0; edge.length > 0 && step !== steps; step++) {
    const fresh = new Set(
      edge.flatMap((id) => next.get(id) ?? []).filter((id) => id !== '' && !found.has(id)),
    );
    for (const id of fresh) found.add(id);
    edge = [...fresh];
  }
  return found;
}

function only(whole: TraceResult, isKept: (span: TraceSpan) => boolean): TraceResult {
  const resourceSpans = whole.resourceSpans.flatMap((resourceSpan) => {
    const scopeSpans = resourceSpan.scopeSpans.flatMap((scopeSpan) => {
      const spans = scopeSpan.spans.filter(isKept);
      return spans.length === 0 ? [] : [{ ...scopeSpan, spans }];
    });
    return scopeSpans.length === 0 ? [] : [{ ...resourceSpan, scopeSpans }];
  });
  return { ...whole, resourceSpans };
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

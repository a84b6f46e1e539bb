/** A trace as the service answers it, and the same as a flat list. */
import type {
  AnyValueJson,
  KeyValueJson,
  ResourceSpansJson,
  ScopeSpansJson,
  SpanJson,
  TraceJson,
} from '../../engine/answers/trace.js';

/** As far as it is shown. */
export type OtlpSpan = Omit<
  SpanJson,
  'traceState' | 'droppedAttributesCount' | 'droppedEventsCount' | 'droppedLinksCount' | 'events' | 'links'
> & {
  readonly events: readonly Omit<SpanJson['events'][number], 'droppedAttributesCount'>[];
  readonly links: readonly Omit<SpanJson['links'][number], 'droppedAttributesCount' | 'traceState'>[];
};

export interface OtlpTrace extends Pick<TraceJson, 'partial'> {
  readonly resourceSpans: readonly {
    readonly resource: Pick<ResourceSpansJson['resource'], 'attributes'>;
    readonly scopeSpans: readonly {
      readonly scope: Pick<ScopeSpansJson['scope'], 'name' | 'version'>;
      readonly spans: readonly OtlpSpan[];
    }[];
  }[];
}

export type KeyValue = KeyValueJson;
export type AnyValue = AnyValueJson;

export interface Span extends OtlpSpan {
  readonly service: string;
  readonly resource: readonly KeyValue[];
  readonly scope: { readonly name: string; readonly version: string };
  readonly start: bigint;
  /** Nanoseconds, never negative. */
  readonly duration: bigint;
  readonly depth: number;
  readonly children: number;
  /** Its parent is in no block. */
  readonly orphan: boolean;
}

export const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export const STATUSES = ['unset', 'ok', 'error'] as const;

/** From the first start to the last end, in nanoseconds since the Unix epoch; both 0 where there are no spans. */
export function boundsOf(spans: readonly Pick<Span, 'start' | 'duration'>[]): {
  readonly start: bigint;
  readonly end: bigint;
} {
  let [start, end] = [spans[0]?.start ?? 0n, spans[0]?.start ?? 0n];
  for (const span of spans) {
    if (span.start < start) start = span.start;
    if (span.start + span.duration > end) end = span.start + span.duration;
  }
  return { start, end };
}

/** Parents before their children, which are in the order of their starts. Spans whose ancestors form a circle come last. */
export function spansOf(trace: OtlpTrace): readonly Span[] {
  const flat = trace.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => {
        const start = BigInt(span.startTimeUnixNano);
        const duration = BigInt(span.endTimeUnixNano) - start;
        const named = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
        return {
          ...span,
          service: named ?? 'unknown',
          resource: resource.attributes,
          scope,
          start,
          duration: duration < 0n ? 0n : duration,
        };
      }),
    ),
  );
  flat.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const ids = new Set(flat.map(({ spanId }) => spanId));
  const below = new Map<string, typeof flat>();
  for (const span of flat) {
    const parent = ids.has(span.parentSpanId) ? span.parentSpanId : '';
    below.set(parent, [...(below.get(parent) ?? []), span]);
  }
  const ordered: Span[] = [];
  const seen = new Set<unknown>();
  const visit = (first: readonly (typeof flat)[number][]): void => {
    // No recursion: traces may be deeper than a stack.
    const open = first.map((span) => ({ span, depth: 0 })).reverse();
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { span, depth } = next;
      if (seen.has(span)) continue;
      seen.add(span);
      const children = below.get(span.spanId) ?? [];
      const orphan = span.parentSpanId !== '' && !ids.has(span.parentSpanId);
      ordered.push({ ...span, depth, children: children.length, orphan });
      for (const child of children.toReversed()) open.push({ span: child, depth: depth + 1 });
    }
  };
  visit(below.get('') ?? []);
  for (const span of flat) if (!seen.has(span)) visit([span]);
  return ordered;
}

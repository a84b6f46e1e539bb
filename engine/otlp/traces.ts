import type { Span, Trace } from './model.js';
import type { OtlpGroup } from './request.js';

/** The spans of a request by trace, in the order in which traces first come. */
export function tracesOf(groups: readonly OtlpGroup[]): readonly Trace[] {
  const traces = new Map<string, Span[]>();
  for (const { resource, scope, spans } of groups)
    for (const { traceId, ...span } of spans) {
      const known = traces.get(traceId) ?? [];
      traces.set(traceId, known);
      known.push({ ...span, resource, scope });
    }
  return [...traces].map(([traceId, spans]) => ({ traceId, spans }));
}

/** The other way, one group for each span. */
export function groupsOf(traces: readonly Trace[]): readonly OtlpGroup[] {
  return traces.flatMap(({ traceId, spans }) =>
    spans.map(({ resource, scope, ...span }) => ({ resource, scope, spans: [{ ...span, traceId }] })),
  );
}

import type * as found from '../../../engine/query/trace-result.js';
import type {
  AnyValue,
  InstrumentationScope,
  KeyValue,
  Resource,
  ResourceSpans,
  Span,
} from '../proto/otlp.js';
import type { TraceByIdResponse } from '../proto/tempopb.js';
import { completeness, traceByIdMetrics } from './inspected.js';

/** `cut`: spans were left out by a filter. */
export function traceByIdResponse(result: found.TraceResult, cut = false): TraceByIdResponse {
  return {
    trace: { resourceSpans: resourceSpans(result) },
    metrics: traceByIdMetrics(result.inspected),
    ...completeness(result.inspected, cut ? FILTERED : undefined),
  };
}

/** Tempo's text (modules/frontend/combiner/trace_by_id_v2.go). */
const FILTERED = 'Trace filtered, only a subset of spans matching the filter is returned';

export function resourceSpans({ traceId, resourceSpans }: found.TraceResult): readonly ResourceSpans[] {
  const id = idBytes(traceId);
  return resourceSpans.map(({ resource, scopeSpans }) => ({
    resource: withAttributes(resource),
    scopeSpans: scopeSpans.map(({ scope, spans }) => ({
      scope: scopeOf(scope),
      spans: spans.map((span) => spanOf(id, span)),
    })),
  }));
}

function spanOf(traceId: Uint8Array, span: found.TraceSpan): Span {
  const { name, kind, startTimeUnixNano, endTimeUnixNano, traceState } = span;
  return {
    traceId,
    spanId: idBytes(span.spanId),
    parentSpanId: idBytes(span.parentSpanId),
    traceState,
    name,
    kind,
    startTimeUnixNano,
    endTimeUnixNano,
    ...withAttributes(span),
    events: span.events.map((event) => ({
      timeUnixNano: event.timeUnixNano,
      name: event.name,
      ...withAttributes(event),
    })),
    droppedEventsCount: span.droppedEventsCount,
    links: span.links.map((link) => ({
      traceId: idBytes(link.traceId),
      spanId: idBytes(link.spanId),
      traceState: link.traceState,
      ...withAttributes(link),
    })),
    droppedLinksCount: span.droppedLinksCount,
    status: span.status,
  };
}

function scopeOf(scope: found.InstrumentationScope): InstrumentationScope {
  return { name: scope.name, version: scope.version, ...withAttributes(scope) };
}

function withAttributes({ attributes, droppedAttributesCount }: found.WithAttributes): Resource {
  return { attributes: attributes.map(keyValue), droppedAttributesCount };
}

function keyValue({ key, value }: found.KeyValue): KeyValue {
  return { key, value: anyValueOf(value) };
}

function anyValueOf(value: found.AnyValue): AnyValue {
  switch (value.kind) {
    case 'string':
      return { stringValue: value.value };
    case 'bool':
      return { boolValue: value.value };
    case 'int':
      return { intValue: value.value };
    case 'double':
      return { doubleValue: value.value };
    case 'bytes':
      return { bytesValue: value.value };
    case 'array':
      return { arrayValue: { values: value.values.map(anyValueOf) } };
    case 'kvlist':
      return { kvlistValue: { values: value.values.map(keyValue) } };
    case 'empty':
      return {};
  }
}

function idBytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

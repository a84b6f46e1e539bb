/**
 * A trace in OTLP's JSON: ids in hex, 64-bit integers as text, enums as numbers.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import type {
  AnyValueJson,
  AttributesJson,
  KeyValueJson,
  ResourceSpansJson,
  ScopeSpansJson,
  SpanJson,
  TraceJson,
} from '../../engine/answers/trace.js';
import type {
  AnyValue,
  KeyValue,
  ResourceSpans,
  ScopeSpans,
  TraceResult,
  TraceSpan,
  WithAttributes,
} from '../../engine/query/trace-result.js';

export function traceJson({ traceId, resourceSpans, inspected }: TraceResult): TraceJson {
  return {
    resourceSpans: resourceSpans.map((resourceSpan) => resourceJson(traceId, resourceSpan)),
    partial: inspected.unread.length > 0,
  };
}

function resourceJson(traceId: string, { resource, scopeSpans }: ResourceSpans): ResourceSpansJson {
  return {
    resource: attributesJson(resource),
    scopeSpans: scopeSpans.map((scopeSpan) => scopeJson(traceId, scopeSpan)),
  };
}

function scopeJson(traceId: string, { scope, spans }: ScopeSpans): ScopeSpansJson {
  const { name, version } = scope;
  return {
    scope: { name, version, ...attributesJson(scope) },
    spans: spans.map((span) => spanJson(traceId, span)),
  };
}

function spanJson(traceId: string, span: TraceSpan): SpanJson {
  const { spanId, parentSpanId, traceState, name, kind, events, links, status } = span;
  return {
    traceId,
    spanId,
    parentSpanId,
    traceState,
    name,
    kind,
    startTimeUnixNano: String(span.startTimeUnixNano),
    endTimeUnixNano: String(span.endTimeUnixNano),
    ...attributesJson(span),
    events: events.map((event) => ({
      timeUnixNano: String(event.timeUnixNano),
      name: event.name,
      ...attributesJson(event),
    })),
    droppedEventsCount: span.droppedEventsCount,
    links: links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      traceState: link.traceState,
      ...attributesJson(link),
    })),
    droppedLinksCount: span.droppedLinksCount,
    status: { code: status.code, message: status.message },
  };
}

function attributesJson({ attributes, droppedAttributesCount }: WithAttributes): AttributesJson {
  return { attributes: attributes.map(keyValueJson), droppedAttributesCount };
}

function keyValueJson({ key, value }: KeyValue): KeyValueJson {
  return { key, value: valueJson(value) };
}

function valueJson(value: AnyValue): AnyValueJson {
  switch (value.kind) {
    case 'string':
      return { stringValue: value.value };
    case 'bool':
      return { boolValue: value.value };
    case 'int':
      return { intValue: String(value.value) };
    case 'double':
      return { doubleValue: Number.isFinite(value.value) ? value.value : String(value.value) };
    case 'bytes':
      return { bytesValue: Buffer.from(value.value).toString('base64') };
    case 'array':
      return { arrayValue: { values: value.values.map(valueJson) } };
    case 'kvlist':
      return { kvlistValue: { values: value.values.map(keyValueJson) } };
    case 'empty':
      return {};
  }
}

/** What is found in traces as a model reads it: attributes as objects, times and durations in one spelling each. */
import type { ResultValue } from '../../engine/otlp/named-value.js';
import { KIND_NAMES, STATUS_NAMES } from '../../engine/otlp/names.js';
import type { MetricsResult } from '../../engine/query/metrics-result.js';
import type { FoundTrace, Inspected } from '../../engine/query/search-result.js';
import type { AnyValue, KeyValue, TraceResult, TraceSpan } from '../../engine/query/trace-result.js';
import { timeText } from '../../engine/replay/time-json.js';
import type { ToolAnswer } from './tool.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export function plainTrace(trace: FoundTrace): ToolAnswer {
  return {
    traceId: trace.traceId,
    rootService: trace.rootService ?? null,
    rootName: trace.rootName ?? null,
    start: timeText(trace.start),
    durationMs: milliseconds(trace.duration),
    services: Object.fromEntries(trace.services),
    spansets: trace.spansets.map(({ matched, attributes, spans }) => ({
      matched,
      ...(attributes.length > 0 && { by: plainNamed(attributes) }),
      spans: spans.map((span) => ({
        spanId: span.spanId,
        name: span.name,
        start: timeText(span.start),
        durationMs: milliseconds(span.duration),
        attributes: plainNamed(span.attributes),
      })),
    })),
  };
}

/** Series with their samples as pairs of time and value. */
export function plainSeries(result: MetricsResult): ToolAnswer {
  return {
    ...plainCounts(result),
    series: result.series.map(({ labels, samples }) => ({
      labels: plainNamed(labels),
      samples: samples.map(({ timeMs, value }) => [new Date(timeMs).toISOString(), finite(value)]),
    })),
  };
}

/** One value for each series. */
export function plainInstant(result: MetricsResult): ToolAnswer {
  return {
    ...plainCounts(result),
    series: result.series.map(({ labels, samples }) => {
      const last = samples.at(-1);
      return { labels: plainNamed(labels), value: last === undefined ? null : finite(last.value) };
    }),
  };
}

function plainCounts({ series, cutTo, inspected }: MetricsResult): ToolAnswer {
  return {
    seriesFound: series.length,
    ...(cutTo !== undefined && {
      note: `there are more series than query.max_series: these are the first ${cutTo} by their labels`,
    }),
    ...plainInspected(inspected),
  };
}

/** What the answer is of, and whether that is all there is. */
export function plainInspected({ traces, spans, blocks, unread }: Inspected): ToolAnswer {
  return {
    lookedAt: { traces, spans, blocks },
    ...(unread.length > 0 && {
      partial: `${unread.length} blocks could not be read: what is in them is missing here`,
      unread: unread.map(({ code, message }) => `${message} (${code})`),
    }),
  };
}

/** The spans of a trace by their starts, each with its parent. */
export function plainWholeTrace({ traceId, resourceSpans, inspected }: TraceResult): ToolAnswer {
  const spans = resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scoped) => scoped.spans.map((span) => ({ span, resource: resource.attributes }))),
  );
  spans.sort((a, b) => Number(a.span.startTimeUnixNano - b.span.startTimeUnixNano));
  const resources = resourceSpans.map(({ resource }) => plainAttributes(resource.attributes));
  return {
    traceId,
    spansFound: spans.length,
    errors: spans.filter(({ span }) => STATUS_NAMES[span.status.code] === 'error').length,
    start: spans[0] === undefined ? null : timeText(spans[0].span.startTimeUnixNano),
    resources: [...new Map(resources.map((resource) => [JSON.stringify(resource), resource])).values()],
    spans: spans.map(({ span, resource }) =>
      plainSpan(span, plainAttributes(resource)['service.name'] ?? null, spans[0]!.span.startTimeUnixNano),
    ),
    ...(inspected.unread.length > 0 && { partial: 'some blocks could not be read: more of it may be there' }),
  };
}

function plainSpan(span: TraceSpan, service: Json, traceStart: bigint): ToolAnswer {
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === '' ? null : span.parentSpanId,
    service,
    name: span.name,
    kind: KIND_NAMES[span.kind] ?? 'unspecified',
    afterMs: milliseconds(span.startTimeUnixNano - traceStart),
    durationMs: milliseconds(span.endTimeUnixNano - span.startTimeUnixNano),
    status: STATUS_NAMES[span.status.code] ?? 'unset',
    ...(span.status.message !== '' && { statusMessage: span.status.message }),
    attributes: plainAttributes(span.attributes),
    ...(span.events.length > 0 && {
      events: span.events.map(({ name, attributes }) => ({ name, attributes: plainAttributes(attributes) })),
    }),
    ...(span.links.length > 0 && {
      links: span.links.map(({ traceId, spanId }) => ({ traceId, spanId })),
    }),
  };
}

function plainAttributes(attributes: readonly KeyValue[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: AnyValue): Json {
  switch (value.kind) {
    case 'string':
    case 'bool':
      return value.value;
    case 'int':
      return plainInteger(value.value);
    case 'double':
      return finite(value.value);
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    case 'array':
      return value.values.map(plainValue);
    case 'kvlist':
      return plainAttributes(value.values);
    case 'empty':
      return null;
  }
}

function plainNamed(values: readonly { readonly name: string; readonly value: ResultValue }[]): ToolAnswer {
  return Object.fromEntries(values.map(({ name, value }) => [name, plainResult(value)]));
}

function plainResult(value: ResultValue): Json {
  if (typeof value === 'bigint') return plainInteger(value);
  if (typeof value === 'number') return finite(value);
  if (typeof value === 'object' && value !== null) return value.map(plainResult);
  return value;
}

/** One that a double does not hold is text. */
function plainInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** JSON has no other numbers. */
function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function milliseconds(ns: bigint): number {
  return Number(ns) / 1e6;
}

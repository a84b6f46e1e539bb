import { pairsOf } from './attributes.js';
import type { Attributes, AttributeValue, ScalarValue, Span, Trace } from './model.js';
import { KIND_NAMES, STATUS_NAMES } from './names.js';

/** OTLP JSON with one resource for each span. */
export function jsonOf(traces: readonly Trace[]): string {
  return JSON.stringify({
    resourceSpans: traces.flatMap(({ traceId, spans }) =>
      spans.map((span) => ({
        resource: { attributes: pairs(span.resource) },
        scopeSpans: [
          {
            scope: {
              name: span.scope.name,
              version: span.scope.version,
              attributes: pairs(span.scope.attributes),
            },
            spans: [spanJson(traceId, span)],
          },
        ],
      })),
    ),
  });
}

function spanJson(traceId: string, span: Span): unknown {
  return {
    traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: KIND_NAMES.indexOf(span.kind),
    startTimeUnixNano: String(span.start),
    endTimeUnixNano: String(span.start + span.duration),
    attributes: pairs(span.attributes),
    status: { code: STATUS_NAMES.indexOf(span.status), message: span.statusMessage },
    events: span.events.map((event) => ({
      name: event.name,
      timeUnixNano: String(span.start + event.timeSinceStart),
      attributes: pairs(event.attributes),
    })),
    links: span.links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      attributes: pairs(link.attributes),
    })),
  };
}

function pairs(attributes: Attributes): unknown {
  return [...pairsOf(attributes)].map(([key, value]) => ({ key, value: valueJson(value) }));
}

function valueJson(value: AttributeValue): unknown {
  return typeof value === 'object' ? { arrayValue: { values: value.map(scalarJson) } } : scalarJson(value);
}

function scalarJson(value: ScalarValue): unknown {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'bigint':
      return { intValue: String(value) };
    case 'number':
      return { doubleValue: Number.isFinite(value) ? value : String(value) };
    default:
      return { boolValue: value };
  }
}

/** A trace as Grafana's view of traces reads it, with what is evidence for a violation marked. */
import type { KeyValueJson, SpanJson, TraceJson } from '../../../../engine/answers/trace.js';
import { attributeText, plainValue } from './any-value.js';
import { type Field, type Frame, notices } from './frame.js';

export interface Marked {
  /** Ids of spans. */
  readonly evidence: ReadonlySet<string>;
  readonly rule: string;
  /** Why nothing is marked. */
  readonly problem?: string | undefined;
}

/** As Grafana writes kinds; by OTLP's numbers. */
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** The fields of Grafana's `TraceSpanRow`. Times are in ms since the Unix epoch, as fractions. */
export function traceFrame({ resourceSpans, partial }: TraceJson, refId: string, marked: Marked): Frame {
  const rows = resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({ resource, scope, span }))),
  );
  const field = (
    name: string,
    type: Field['type'],
    read: (row: (typeof rows)[number]) => unknown,
  ): Field => ({ name, type, values: rows.map(read) });
  const isMarked = ({ spanId }: SpanJson): boolean => marked.evidence.has(spanId);
  const text = marked.rule === '' ? 'evidence for a violation' : `evidence for a violation of ${marked.rule}`;
  return {
    refId,
    name: 'Trace',
    fields: [
      field('traceID', 'string', ({ span }) => span.traceId),
      field('spanID', 'string', ({ span }) => span.spanId),
      field('parentSpanID', 'string', ({ span }) => span.parentSpanId),
      field('operationName', 'string', ({ span }) => span.name),
      field('serviceName', 'string', ({ resource }) => attributeText(resource.attributes, 'service.name')),
      field('serviceTags', 'other', ({ resource }) => tags(resource.attributes)),
      field('startTime', 'number', ({ span }) => milliseconds(span.startTimeUnixNano)),
      field('duration', 'number', ({ span }) => durationMs(span)),
      field('kind', 'string', ({ span }) => KINDS[span.kind] ?? KINDS[0]),
      field('statusCode', 'number', ({ span }) => span.status.code),
      field('statusMessage', 'string', ({ span }) => span.status.message),
      field('instrumentationLibraryName', 'string', ({ scope }) => scope.name),
      field('instrumentationLibraryVersion', 'string', ({ scope }) => scope.version),
      field('traceState', 'string', ({ span }) => span.traceState),
      field('tags', 'other', ({ span }) => [
        ...(isMarked(span) ? [{ key: 'betrace.evidence', value: text }] : []),
        ...tags(span.attributes),
      ]),
      field('logs', 'other', ({ span }) => [
        ...(isMarked(span)
          ? [
              {
                timestamp: milliseconds(span.startTimeUnixNano),
                name: 'betrace.violation',
                fields: [{ key: 'betrace.evidence', value: text }],
              },
            ]
          : []),
        ...span.events.map(({ timeUnixNano, name, attributes }) => ({
          timestamp: milliseconds(timeUnixNano),
          name,
          fields: tags(attributes),
        })),
      ]),
      field('references', 'other', ({ span }) =>
        span.links.map(({ traceId, spanId, attributes }) => ({
          traceID: traceId,
          spanID: spanId,
          tags: tags(attributes),
        })),
      ),
      field('warnings', 'other', ({ span }) => (isMarked(span) ? [`BeTrace: ${text}`] : [])),
    ],
    meta: {
      preferredVisualisationType: 'trace',
      ...notices([
        ...(partial ? ['A block could not be read that may hold more of this trace.'] : []),
        ...(marked.problem === undefined ? [] : [marked.problem]),
      ]),
    },
  };
}

function tags(attributes: readonly KeyValueJson[]) {
  return attributes.map(({ key, value }) => ({ key, value: plainValue(value) }));
}

/** With the microseconds, which a double holds. */
function milliseconds(nanos: string): number {
  return Number(BigInt(nanos) / 1000n) / 1000;
}

function durationMs({ startTimeUnixNano, endTimeUnixNano }: SpanJson): number {
  return Math.max(0, Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6);
}

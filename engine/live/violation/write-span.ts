/** Writes the spans of this product as OTLP messages. */
import type { Attributes, AttributeValue } from '../../otlp/model.js';
import { EXPORT_REQUEST, RESOURCE, RESOURCE_SPANS, SCOPE, SCOPE_SPANS, WireWriter } from '../otlp/fields.js';
import { message, writeAttributes, writeSpan as writeFields } from '../otlp/write-protobuf.js';

export interface SpanSpec {
  /** Ids are hex digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** Nanoseconds since the Unix epoch. */
  readonly start: bigint;
  readonly end: bigint;
  /** Those without a value are left out. */
  readonly attributes: readonly SpanAttribute[];
  readonly links: readonly SpanLink[];
  /** What went wrong; a span without it has no status. */
  readonly error?: string;
}

export type SpanAttribute = readonly [key: string, value: AttributeInput | undefined];

export interface SpanLink {
  readonly traceId: string;
  /** Absent for a link to the trace as a whole. */
  readonly spanId?: string;
  readonly attributes: readonly (readonly [string, string])[];
}

type AttributeInput = string | boolean | number | bigint | readonly string[];

/** Tempo cuts longer values, by its default. */
const MOST_TEXT = 2000;

/** An OTLP `Span` message. */
export function writeSpan(span: SpanSpec): Uint8Array {
  const { traceId, spanId, parentSpanId = '', name, start, end, error } = span;
  const writer = WireWriter.create();
  writeFields(writer, {
    traceId,
    spanId,
    parentSpanId,
    name,
    start,
    duration: end - start,
    // Backends tell spans apart by their kind too.
    kind: 'internal',
    attributes: attributesOf(span.attributes),
    events: [],
    links: span.links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId ?? '',
      attributes: attributesOf(link.attributes),
    })),
    ...(error === undefined
      ? { status: 'unset', statusMessage: '' }
      : { status: 'error', statusMessage: cut(error) }),
  });
  return writer.finish();
}

/** An `ExportTraceServiceRequest` of spans made here. */
export function exportRequest(spans: readonly Uint8Array[], version: string): Uint8Array {
  const writer = WireWriter.create();
  message(writer, EXPORT_REQUEST.resourceSpans, () => {
    const resource = attributesOf([
      ['service.name', 'betrace'],
      ['service.version', version],
    ]);
    message(writer, RESOURCE_SPANS.resource, () => writeAttributes(writer, RESOURCE.attributes, resource));
    message(writer, RESOURCE_SPANS.scopeSpans, () => {
      message(writer, SCOPE_SPANS.scope, () => writer.uint32(SCOPE.name).string('betrace'));
      for (const span of spans) writer.uint32(SCOPE_SPANS.spans).bytes(span);
    });
  });
  return writer.finish();
}

function attributesOf(given: SpanSpec['attributes']): Attributes {
  const attributes = new Map<string, AttributeValue>();
  for (const [key, value] of given) if (value !== undefined) attributes.set(key, inShort(value));
  return attributes;
}

function inShort(value: AttributeInput): AttributeValue {
  if (typeof value === 'string') return cut(value);
  return typeof value === 'object' ? value.map(cut) : value;
}

function cut(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`.toWellFormed();
}

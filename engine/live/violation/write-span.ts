/** Writes the spans of this product as OTLP messages. */
import {
  ANY_VALUE,
  ARRAY_VALUE,
  EXPORT_REQUEST,
  KEY_VALUE,
  LINK,
  RESOURCE,
  RESOURCE_SPANS,
  SCOPE,
  SCOPE_SPANS,
  SPAN,
  STATUS,
  WireWriter,
} from '../otlp/fields.js';

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
  readonly attributes: readonly (readonly [string, AttributeInput | undefined])[];
  readonly links: readonly SpanLink[];
  /** What went wrong; a span without it has no status. */
  readonly error?: string;
}

export interface SpanLink {
  readonly traceId: string;
  /** Absent for a link to the trace as a whole. */
  readonly spanId?: string;
  readonly attributes: readonly (readonly [string, string])[];
}

type AttributeInput = string | boolean | readonly string[];

/** Tempo cuts longer values, by its default. */
const MOST_TEXT = 2000;
const INTERNAL = 1;
const ERROR = 2;

/** An OTLP `Span` message. */
export function writeSpan(span: SpanSpec): Uint8Array {
  const writer = WireWriter.create();
  writer.uint32(SPAN.traceId).bytes(hex(span.traceId)).uint32(SPAN.spanId).bytes(hex(span.spanId));
  // Backends tell spans apart by their kind too.
  writer.uint32(SPAN.kind).int32(INTERNAL);
  if (span.parentSpanId !== undefined) writer.uint32(SPAN.parentSpanId).bytes(hex(span.parentSpanId));
  writer.uint32(SPAN.name).string(span.name);
  writer.uint32(SPAN.start).fixed64(span.start.toString()).uint32(SPAN.end).fixed64(span.end.toString());
  for (const [key, value] of span.attributes)
    if (value !== undefined) attribute(writer, SPAN.attributes, key, value);
  for (const { traceId, spanId, attributes } of span.links) {
    writer.uint32(SPAN.links).fork();
    writer.uint32(LINK.traceId).bytes(hex(traceId));
    if (spanId !== undefined) writer.uint32(LINK.spanId).bytes(hex(spanId));
    for (const [key, value] of attributes) attribute(writer, LINK.attributes, key, value);
    writer.ldelim();
  }
  if (span.error !== undefined) {
    writer.uint32(SPAN.status).fork();
    writer.uint32(STATUS.message).string(cut(span.error)).uint32(STATUS.code).int32(ERROR).ldelim();
  }
  return writer.finish();
}

/** An `ExportTraceServiceRequest` of spans made here. */
export function exportRequest(spans: readonly Uint8Array[], version: string): Uint8Array {
  const writer = WireWriter.create();
  writer.uint32(EXPORT_REQUEST.resourceSpans).fork();
  writer.uint32(RESOURCE_SPANS.resource).fork();
  attribute(writer, RESOURCE.attributes, 'service.name', 'betrace');
  attribute(writer, RESOURCE.attributes, 'service.version', version);
  writer.ldelim();
  writer.uint32(RESOURCE_SPANS.scopeSpans).fork();
  writer.uint32(SCOPE_SPANS.scope).fork().uint32(SCOPE.name).string('betrace').ldelim();
  for (const span of spans) writer.uint32(SCOPE_SPANS.spans).bytes(span);
  writer.ldelim().ldelim();
  return writer.finish();
}

function attribute(writer: WireWriter, tag: number, key: string, value: AttributeInput): void {
  writer.uint32(tag).fork();
  writer.uint32(KEY_VALUE.key).string(key).uint32(KEY_VALUE.value).fork();
  if (typeof value === 'boolean') writer.uint32(ANY_VALUE.bool).bool(value);
  else if (typeof value === 'string') writer.uint32(ANY_VALUE.string).string(cut(value));
  else {
    writer.uint32(ANY_VALUE.array).fork();
    for (const item of value)
      writer.uint32(ARRAY_VALUE.values).fork().uint32(ANY_VALUE.string).string(cut(item)).ldelim();
    writer.ldelim();
  }
  writer.ldelim().ldelim();
}

function cut(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`.toWellFormed();
}

function hex(digits: string): Uint8Array {
  return Buffer.from(digits, 'hex');
}

import { pairsOf } from '../../otlp/attributes.js';
import type { Attributes, ScalarValue } from '../../otlp/model.js';
import { KIND_NAMES, STATUS_NAMES } from '../../otlp/names.js';
import type { OtlpGroup, OtlpSpan } from '../../otlp/request.js';
import {
  ANY_VALUE,
  ARRAY_VALUE,
  EVENT,
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
} from './fields.js';

/** An `ExportTraceServiceRequest` in protobuf form: what is logged and judged, whatever form it came in. */
export function protobufOfGroups(groups: readonly OtlpGroup[]): Uint8Array {
  const writer = WireWriter.create();
  for (const { resource, scope, spans } of groups)
    message(writer, EXPORT_REQUEST.resourceSpans, () => {
      message(writer, RESOURCE_SPANS.resource, () => writeAttributes(writer, RESOURCE.attributes, resource));
      message(writer, RESOURCE_SPANS.scopeSpans, () => {
        message(writer, SCOPE_SPANS.scope, () => {
          string(writer, SCOPE.name, scope.name);
          string(writer, SCOPE.version, scope.version);
          writeAttributes(writer, SCOPE.attributes, scope.attributes);
        });
        for (const span of spans) message(writer, SCOPE_SPANS.spans, () => writeSpan(writer, span));
      });
    });
  return writer.finish();
}

/** The fields of an OTLP `Span` message. */
export function writeSpan(writer: WireWriter, span: OtlpSpan): void {
  id(writer, SPAN.traceId, span.traceId);
  id(writer, SPAN.spanId, span.spanId);
  id(writer, SPAN.parentSpanId, span.parentSpanId);
  string(writer, SPAN.name, span.name);
  number(writer, SPAN.kind, KIND_NAMES.indexOf(span.kind));
  time(writer, SPAN.start, span.start);
  time(writer, SPAN.end, span.start + span.duration);
  writeAttributes(writer, SPAN.attributes, span.attributes);
  for (const event of span.events)
    message(writer, SPAN.events, () => {
      time(writer, EVENT.time, span.start + event.timeSinceStart);
      string(writer, EVENT.name, event.name);
      writeAttributes(writer, EVENT.attributes, event.attributes);
    });
  for (const link of span.links)
    message(writer, SPAN.links, () => {
      id(writer, LINK.traceId, link.traceId);
      id(writer, LINK.spanId, link.spanId);
      writeAttributes(writer, LINK.attributes, link.attributes);
    });
  message(writer, SPAN.status, () => {
    string(writer, STATUS.message, span.statusMessage);
    number(writer, STATUS.code, STATUS_NAMES.indexOf(span.status));
  });
}

export function writeAttributes(writer: WireWriter, tag: number, attributes: Attributes): void {
  for (const [key, value] of pairsOf(attributes))
    message(writer, tag, () => {
      string(writer, KEY_VALUE.key, key);
      message(writer, KEY_VALUE.value, () => {
        if (typeof value !== 'object') scalar(writer, value);
        else
          message(writer, ANY_VALUE.array, () => {
            for (const item of value) message(writer, ARRAY_VALUE.values, () => scalar(writer, item));
          });
      });
    });
}

function scalar(writer: WireWriter, value: ScalarValue): void {
  switch (typeof value) {
    case 'string':
      writer.uint32(ANY_VALUE.string).string(value);
      return;
    case 'boolean':
      writer.uint32(ANY_VALUE.bool).bool(value);
      return;
    case 'bigint':
      writer.uint32(ANY_VALUE.int).int64(int64Text(value));
      return;
    default:
      writer.uint32(ANY_VALUE.double).double(value);
  }
}

// ------------------------------------------------------------------------------------------------------------ pieces

/** A message within the one that is being written. */
export function message(writer: WireWriter, tag: number, write: () => void): void {
  writer.uint32(tag).fork();
  write();
  writer.ldelim();
}

function string(writer: WireWriter, tag: number, value: string): void {
  if (value !== '') writer.uint32(tag).string(value);
}

function number(writer: WireWriter, tag: number, value: number): void {
  if (value > 0) writer.uint32(tag).int32(value);
}

function id(writer: WireWriter, tag: number, hex: string): void {
  if (hex !== '') writer.uint32(tag).bytes(Buffer.from(hex, 'hex'));
}

function time(writer: WireWriter, tag: number, value: bigint): void {
  writer.uint32(tag).fixed64(int64Text(value));
}

/** The writer takes 64 bits as text: a number would be rounded. */
function int64Text(value: bigint): string {
  return BigInt.asIntN(64, value).toString();
}

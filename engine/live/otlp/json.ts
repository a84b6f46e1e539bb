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
import { MalformedOtlp, readingOtlp } from './malformed.js';

/**
 * An `ExportTraceServiceRequest` in OTLP's JSON form as the same request in protobuf form, so that one form is logged and read.
 * Ids are hex, 64-bit integers text or numbers, enums numbers or names; fields that rules cannot read are left out.
 *
 * Throws `MalformedOtlp` where the text is no such request. What cannot be read of a span, an id of odd length for one, stays out of
 * it, and the span is refused like one in protobuf form.
 */
export function protobufOfJson(text: string): Uint8Array {
  return readingOtlp(() => {
    const request: unknown = JSON.parse(text);
    if (!isObject(request)) throw new MalformedOtlp('the request is not a JSON object');
    const writer = WireWriter.create();
    for (const one of list(request, 'resourceSpans'))
      message(writer, EXPORT_REQUEST.resourceSpans, () => resourceSpans(writer, one));
    return writer.finish();
  });
}

function resourceSpans(writer: WireWriter, group: unknown): void {
  const resource = get(group, 'resource');
  if (resource !== undefined)
    message(writer, RESOURCE_SPANS.resource, () => attributes(writer, RESOURCE.attributes, resource));
  for (const scoped of list(group, 'scopeSpans'))
    message(writer, RESOURCE_SPANS.scopeSpans, () => {
      const scope = get(scoped, 'scope');
      if (scope !== undefined)
        message(writer, SCOPE_SPANS.scope, () => {
          string(writer, SCOPE.name, get(scope, 'name'));
          string(writer, SCOPE.version, get(scope, 'version'));
          attributes(writer, SCOPE.attributes, scope);
        });
      for (const one of list(scoped, 'spans')) message(writer, SCOPE_SPANS.spans, () => span(writer, one));
    });
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUSES = ['UNSET', 'OK', 'ERROR'];

function span(writer: WireWriter, raw: unknown): void {
  id(writer, SPAN.traceId, get(raw, 'traceId'));
  id(writer, SPAN.spanId, get(raw, 'spanId'));
  id(writer, SPAN.parentSpanId, get(raw, 'parentSpanId'));
  string(writer, SPAN.name, get(raw, 'name'));
  const kind = enumOf(get(raw, 'kind'), KINDS, 'SPAN_KIND_');
  if (kind !== 0) writer.uint32(SPAN.kind).int32(kind);
  time(writer, SPAN.start, get(raw, 'startTimeUnixNano'));
  time(writer, SPAN.end, get(raw, 'endTimeUnixNano'));
  attributes(writer, SPAN.attributes, raw);
  for (const event of list(raw, 'events'))
    message(writer, SPAN.events, () => {
      time(writer, EVENT.time, get(event, 'timeUnixNano'));
      string(writer, EVENT.name, get(event, 'name'));
      attributes(writer, EVENT.attributes, event);
    });
  for (const link of list(raw, 'links'))
    message(writer, SPAN.links, () => {
      id(writer, LINK.traceId, get(link, 'traceId'));
      id(writer, LINK.spanId, get(link, 'spanId'));
      attributes(writer, LINK.attributes, link);
    });
  const status = get(raw, 'status');
  if (status !== undefined)
    message(writer, SPAN.status, () => {
      string(writer, STATUS.message, get(status, 'message'));
      const code = enumOf(get(status, 'code'), STATUSES, 'STATUS_CODE_');
      if (code !== 0) writer.uint32(STATUS.code).int32(code);
    });
}

function attributes(writer: WireWriter, tag: number, holder: unknown): void {
  for (const pair of list(holder, 'attributes'))
    message(writer, tag, () => {
      string(writer, KEY_VALUE.key, get(pair, 'key'));
      message(writer, KEY_VALUE.value, () => {
        const value = get(pair, 'value');
        const array = get(value, 'arrayValue');
        if (array === undefined) scalar(writer, value);
        else
          message(writer, ANY_VALUE.array, () => {
            for (const item of list(array, 'values'))
              message(writer, ARRAY_VALUE.values, () => scalar(writer, item));
          });
      });
    });
}

/** Maps and bytes are written as no value: rules cannot ask for them. */
function scalar(writer: WireWriter, value: unknown): void {
  const text = get(value, 'stringValue');
  const bool = get(value, 'boolValue');
  const int = integer(get(value, 'intValue'));
  const double = get(value, 'doubleValue');
  if (typeof text === 'string') writer.uint32(ANY_VALUE.string).string(text);
  else if (typeof bool === 'boolean') writer.uint32(ANY_VALUE.bool).bool(bool);
  else if (int !== undefined) writer.uint32(ANY_VALUE.int).int64(int64Text(int));
  else if (typeof double === 'number' || typeof double === 'string')
    writer.uint32(ANY_VALUE.double).double(Number(double));
}

// ------------------------------------------------------------------------------------------------------------ pieces

function message(writer: WireWriter, tag: number, write: () => void): void {
  writer.uint32(tag).fork();
  write();
  writer.ldelim();
}

function string(writer: WireWriter, tag: number, value: unknown): void {
  if (typeof value === 'string' && value !== '') writer.uint32(tag).string(value);
}

function id(writer: WireWriter, tag: number, value: unknown): void {
  if (typeof value !== 'string' || value === '') return;
  const valid = value.length % 2 === 0 && /^[0-9a-f]+$/i.test(value);
  writer.uint32(tag).bytes(valid ? Buffer.from(value, 'hex') : new Uint8Array(1));
}

function time(writer: WireWriter, tag: number, value: unknown): void {
  const time = integer(value);
  if (time !== undefined) writer.uint32(tag).fixed64(int64Text(time));
}

/** The writer takes 64 bits as text: a number would be rounded. */
function int64Text(value: bigint): string {
  return BigInt.asIntN(64, value).toString();
}

function enumOf(raw: unknown, names: readonly string[], prefix: string): number {
  if (typeof raw === 'number') return Number.isInteger(raw) ? raw : 0;
  return typeof raw === 'string' ? Math.max(0, names.indexOf(raw.replace(prefix, ''))) : 0;
}

function integer(raw: unknown): bigint | undefined {
  if (typeof raw === 'number' && Number.isInteger(raw)) return BigInt(raw);
  return typeof raw === 'string' && /^-?\d{1,20}$/.test(raw) ? BigInt(raw) : undefined;
}

function list(holder: unknown, key: string): readonly unknown[] {
  const value = get(holder, key);
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedOtlp(`"${key}" is not a list`);
  return value;
}

function get(holder: unknown, key: string): unknown {
  return isObject(holder) ? holder[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

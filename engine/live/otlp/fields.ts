/**
 * Field tags of OTLP's trace messages (`opentelemetry/proto/trace/v1/trace.proto`, `common/v1/common.proto`): the field number
 * and the wire type, as they are before a value.
 */
import protobuf from 'protobufjs/minimal.js';

export type WireReader = protobuf.Reader;
export type WireWriter = protobuf.Writer;
export const { Reader: WireReader, Writer: WireWriter } = protobuf;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

export const EXPORT_REQUEST = { resourceSpans: tag(1, BYTES) } as const;
export const RESOURCE_SPANS = { resource: tag(1, BYTES), scopeSpans: tag(2, BYTES) } as const;
export const RESOURCE = { attributes: tag(1, BYTES) } as const;
export const SCOPE_SPANS = { scope: tag(1, BYTES), spans: tag(2, BYTES) } as const;
export const SCOPE = { name: tag(1, BYTES), version: tag(2, BYTES), attributes: tag(3, BYTES) } as const;
export const SPAN = {
  traceId: tag(1, BYTES),
  spanId: tag(2, BYTES),
  parentSpanId: tag(4, BYTES),
  name: tag(5, BYTES),
  kind: tag(6, VARINT),
  start: tag(7, FIXED64),
  end: tag(8, FIXED64),
  attributes: tag(9, BYTES),
  events: tag(11, BYTES),
  links: tag(13, BYTES),
  status: tag(15, BYTES),
} as const;
export const EVENT = { time: tag(1, FIXED64), name: tag(2, BYTES), attributes: tag(3, BYTES) } as const;
export const LINK = { traceId: tag(1, BYTES), spanId: tag(2, BYTES), attributes: tag(4, BYTES) } as const;
export const STATUS = { message: tag(2, BYTES), code: tag(3, VARINT) } as const;
export const KEY_VALUE = { key: tag(1, BYTES), value: tag(2, BYTES) } as const;
export const ANY_VALUE = {
  string: tag(1, BYTES),
  bool: tag(2, VARINT),
  int: tag(3, VARINT),
  double: tag(4, FIXED64),
  array: tag(5, BYTES),
} as const;
export const ARRAY_VALUE = { values: tag(1, BYTES) } as const;

/**
 * The messages of OTLP that a trace consists of. Numbers and types: opentelemetry-proto (Apache-2.0), `trace/v1/trace.proto`,
 * `common/v1/common.proto` and `resource/v1/resource.proto`.
 */
import {
  bool,
  bytes,
  double,
  embedded,
  enumeration,
  fixed32,
  fixed64,
  int64,
  type Message,
  message,
  oneof,
  repeated,
  string,
  uint32,
} from './message.js';

/** One of the members, or none for the value that is empty. */
export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: bigint;
  readonly doubleValue?: number;
  readonly arrayValue?: ArrayValue;
  readonly kvlistValue?: KeyValueList;
  readonly bytesValue?: Uint8Array;
}

export interface ArrayValue {
  readonly values?: readonly AnyValue[];
}

export interface KeyValueList {
  readonly values?: readonly KeyValue[];
}

export interface KeyValue {
  readonly key?: string;
  readonly value?: AnyValue;
}

export const ANY_VALUE: Message<AnyValue> = message<AnyValue>('AnyValue', {
  stringValue: oneof(string(1)),
  boolValue: oneof(bool(2)),
  intValue: oneof(int64(3)),
  doubleValue: oneof(double(4)),
  arrayValue: embedded(5, () => ARRAY_VALUE),
  kvlistValue: embedded(6, () => KEY_VALUE_LIST),
  bytesValue: oneof(bytes(7)),
});

const ARRAY_VALUE = message<ArrayValue>('ArrayValue', { values: repeated(embedded(1, () => ANY_VALUE)) });

const KEY_VALUE_LIST = message<KeyValueList>('KeyValueList', {
  values: repeated(embedded(1, () => KEY_VALUE)),
});

export const KEY_VALUE: Message<KeyValue> = message<KeyValue>('KeyValue', {
  key: string(1),
  value: embedded(2, () => ANY_VALUE),
});

export interface Resource {
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
}

const RESOURCE = message<Resource>('Resource', {
  attributes: repeated(embedded(1, () => KEY_VALUE)),
  droppedAttributesCount: uint32(2),
});

export interface InstrumentationScope {
  readonly name?: string;
  readonly version?: string;
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
}

const INSTRUMENTATION_SCOPE = message<InstrumentationScope>('InstrumentationScope', {
  name: string(1),
  version: string(2),
  attributes: repeated(embedded(3, () => KEY_VALUE)),
  droppedAttributesCount: uint32(4),
});

export interface Event {
  readonly timeUnixNano?: bigint;
  readonly name?: string;
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
}

const EVENT = message<Event>('Span.Event', {
  timeUnixNano: fixed64(1),
  name: string(2),
  attributes: repeated(embedded(3, () => KEY_VALUE)),
  droppedAttributesCount: uint32(4),
});

export interface Link {
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly traceState?: string;
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
  readonly flags?: number;
}

const LINK = message<Link>('Span.Link', {
  traceId: bytes(1),
  spanId: bytes(2),
  traceState: string(3),
  attributes: repeated(embedded(4, () => KEY_VALUE)),
  droppedAttributesCount: uint32(5),
  flags: fixed32(6),
});

export interface Status {
  readonly message?: string;
  readonly code?: number;
}

const STATUS = message<Status>('Status', {
  message: string(2),
  code: enumeration(3, ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR']),
});

export interface Span {
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly traceState?: string;
  readonly parentSpanId?: Uint8Array;
  readonly name?: string;
  readonly kind?: number;
  readonly startTimeUnixNano?: bigint;
  readonly endTimeUnixNano?: bigint;
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
  readonly events?: readonly Event[];
  readonly droppedEventsCount?: number;
  readonly links?: readonly Link[];
  readonly droppedLinksCount?: number;
  readonly status?: Status;
  readonly flags?: number;
}

const SPAN = message<Span>('Span', {
  traceId: bytes(1),
  spanId: bytes(2),
  traceState: string(3),
  parentSpanId: bytes(4),
  name: string(5),
  kind: enumeration(6, [
    'SPAN_KIND_UNSPECIFIED',
    'SPAN_KIND_INTERNAL',
    'SPAN_KIND_SERVER',
    'SPAN_KIND_CLIENT',
    'SPAN_KIND_PRODUCER',
    'SPAN_KIND_CONSUMER',
  ]),
  startTimeUnixNano: fixed64(7),
  endTimeUnixNano: fixed64(8),
  attributes: repeated(embedded(9, () => KEY_VALUE)),
  droppedAttributesCount: uint32(10),
  events: repeated(embedded(11, () => EVENT)),
  droppedEventsCount: uint32(12),
  links: repeated(embedded(13, () => LINK)),
  droppedLinksCount: uint32(14),
  status: embedded(15, () => STATUS),
  flags: fixed32(16),
});

export interface ScopeSpans {
  readonly scope?: InstrumentationScope;
  readonly spans?: readonly Span[];
  readonly schemaUrl?: string;
}

const SCOPE_SPANS = message<ScopeSpans>('ScopeSpans', {
  scope: embedded(1, () => INSTRUMENTATION_SCOPE),
  spans: repeated(embedded(2, () => SPAN)),
  schemaUrl: string(3),
});

export interface ResourceSpans {
  readonly resource?: Resource;
  readonly scopeSpans?: readonly ScopeSpans[];
  readonly schemaUrl?: string;
}

export const RESOURCE_SPANS = message<ResourceSpans>('ResourceSpans', {
  resource: embedded(1, () => RESOURCE),
  scopeSpans: repeated(embedded(2, () => SCOPE_SPANS)),
  schemaUrl: string(3),
});

/** A trace in the shape of OTLP (opentelemetry/proto/trace/v1/trace.proto), as far as Tempo stores it: no schema URLs, no flags. */

export interface ResourceSpans {
  /** With `service.name` first, where the resource has one. */
  readonly resource: WithAttributes;
  readonly scopeSpans: readonly ScopeSpans[];
}

export interface ScopeSpans {
  readonly scope: InstrumentationScope;
  /** By start, then span id. */
  readonly spans: readonly TraceSpan[];
}

export interface WithAttributes {
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributesCount: number;
}

export interface InstrumentationScope extends WithAttributes {
  readonly name: string;
  readonly version: string;
}

export interface TraceSpan extends WithAttributes {
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** 16 lower-case hex digits; '' for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** OTLP's number: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  /** Nanoseconds since the Unix epoch. */
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly events: readonly TraceEvent[];
  readonly droppedEventsCount: number;
  readonly links: readonly TraceLink[];
  readonly droppedLinksCount: number;
  readonly status: SpanStatus;
}

export interface SpanStatus {
  /** OTLP's number: 0 unset, 1 ok, 2 error. */
  readonly code: number;
  readonly message: string;
}

export interface TraceEvent extends WithAttributes {
  readonly timeUnixNano: bigint;
  readonly name: string;
}

export interface TraceLink extends WithAttributes {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly traceState: string;
}

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** OTLP's `AnyValue`, of which `empty` is the one without a value. */
export type AnyValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** 64 bits, signed. */
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'array'; readonly values: readonly AnyValue[] }
  | { readonly kind: 'kvlist'; readonly values: readonly KeyValue[] }
  | { readonly kind: 'empty' };

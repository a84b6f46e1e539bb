/** A trace in OTLP's JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), as the service answers it. */
export interface TraceJson {
  readonly resourceSpans: readonly ResourceSpansJson[];
  /** A block that could not be read may hold more of it. */
  readonly partial: boolean;
}

export interface ResourceSpansJson {
  readonly resource: AttributesJson;
  readonly scopeSpans: readonly ScopeSpansJson[];
}

export interface ScopeSpansJson {
  readonly scope: AttributesJson & { readonly name: string; readonly version: string };
  readonly spans: readonly SpanJson[];
}

/** Ids in hex; times in nanoseconds since the Unix epoch. */
export interface SpanJson extends AttributesJson {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly events: readonly (AttributesJson & { readonly timeUnixNano: string; readonly name: string })[];
  readonly droppedEventsCount: number;
  readonly links: readonly (AttributesJson & {
    readonly traceId: string;
    readonly spanId: string;
    readonly traceState: string;
  })[];
  readonly droppedLinksCount: number;
  readonly status: { readonly code: number; readonly message: string };
}

export interface AttributesJson {
  readonly attributes: readonly KeyValueJson[];
  readonly droppedAttributesCount: number;
}

export interface KeyValueJson {
  readonly key: string;
  readonly value: AnyValueJson;
}

/** One of them; none for an empty value. */
export interface AnyValueJson {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values: readonly AnyValueJson[] };
  readonly kvlistValue?: { readonly values: readonly KeyValueJson[] };
}

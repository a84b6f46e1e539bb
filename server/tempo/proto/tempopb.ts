/**
 * The answers of Tempo's query API. Numbers and types: grafana/tempo (`pkg/tempopb/tempo.proto`, Apache-2.0) as of May 2025, which is
 * what Grafana's data source decodes strictly: newer fields, such as `backendReads` of `SearchMetrics`, would be refused.
 */
import {
  double,
  embedded,
  enumeration,
  int64,
  listed,
  type Message,
  map,
  message,
  repeated,
  string,
  uint32,
  uint64,
} from './message.js';
import { KEY_VALUE, type KeyValue, RESOURCE_SPANS, type ResourceSpans } from './otlp.js';

const PARTIAL_STATUS = ['COMPLETE', 'PARTIAL'];
export const PARTIAL = 1;

// ------------------------------------------------------------------------------------------------------------- search

export interface SearchResponse {
  readonly traces?: readonly TraceSearchMetadata[];
  readonly metrics?: SearchMetrics;
}

export interface TraceSearchMetadata {
  /** Hex without leading zeros. */
  readonly traceID?: string;
  readonly rootServiceName?: string;
  readonly rootTraceName?: string;
  readonly startTimeUnixNano?: bigint;
  readonly durationMs?: number;
  /** For clients older than `spanSets`. */
  readonly spanSet?: SpanSet;
  readonly spanSets?: readonly SpanSet[];
  readonly serviceStats?: ReadonlyMap<string, ServiceStats>;
}

export interface SpanSet {
  readonly spans?: readonly FoundSpan[];
  readonly matched?: number;
  readonly attributes?: readonly KeyValue[];
}

export interface FoundSpan {
  /** 16 hex digits. */
  readonly spanID?: string;
  readonly name?: string;
  readonly startTimeUnixNano?: bigint;
  readonly durationNanos?: bigint;
  readonly attributes?: readonly KeyValue[];
}

export interface ServiceStats {
  readonly spanCount?: number;
  readonly errorCount?: number;
}

export interface SearchMetrics {
  readonly inspectedTraces?: number;
  readonly inspectedBytes?: bigint;
  readonly totalBlocks?: number;
  readonly completedJobs?: number;
  readonly totalJobs?: number;
  readonly totalBlockBytes?: bigint;
  readonly inspectedSpans?: bigint;
}

const FOUND_SPAN = message<FoundSpan>('Span', {
  spanID: string(1),
  name: string(2),
  startTimeUnixNano: uint64(3),
  durationNanos: uint64(4),
  attributes: repeated(embedded(5, () => KEY_VALUE)),
});

const SPAN_SET = message<SpanSet>('SpanSet', {
  spans: repeated(embedded(1, () => FOUND_SPAN)),
  matched: uint32(2),
  attributes: repeated(embedded(3, () => KEY_VALUE)),
});

const SERVICE_STATS = message<ServiceStats>('ServiceStats', { spanCount: uint32(1), errorCount: uint32(2) });

const TRACE_SEARCH_METADATA = message<TraceSearchMetadata>('TraceSearchMetadata', {
  traceID: string(1),
  rootServiceName: string(2),
  rootTraceName: string(3),
  startTimeUnixNano: uint64(4),
  durationMs: uint32(5),
  spanSet: embedded(6, () => SPAN_SET),
  spanSets: repeated(embedded(7, () => SPAN_SET)),
  serviceStats: map(8, () => SERVICE_STATS),
});

const SEARCH_METRICS = message<SearchMetrics>('SearchMetrics', {
  inspectedTraces: uint32(1),
  inspectedBytes: uint64(2),
  totalBlocks: uint32(3),
  completedJobs: uint32(4),
  totalJobs: uint32(5),
  totalBlockBytes: uint64(6),
  inspectedSpans: uint64(7),
});

export const SEARCH_RESPONSE: Message<SearchResponse> = message<SearchResponse>('SearchResponse', {
  traces: listed(embedded(1, () => TRACE_SEARCH_METADATA)),
  metrics: embedded(2, () => SEARCH_METRICS),
});

// ------------------------------------------------------------------------------------------------------------- metrics

export interface QueryRangeResponse {
  readonly series?: readonly TimeSeries[];
  readonly metrics?: SearchMetrics;
  readonly status?: number;
  readonly message?: string;
}

export interface TimeSeries {
  readonly labels?: readonly KeyValue[];
  readonly samples?: readonly Sample[];
  readonly exemplars?: readonly Exemplar[];
}

export interface Sample {
  readonly value?: number;
  readonly timestampMs?: bigint;
}

export interface Exemplar {
  readonly labels?: readonly KeyValue[];
  readonly value?: number;
  readonly timestampMs?: bigint;
}

const SAMPLE = message<Sample>('Sample', { value: double(1), timestampMs: int64(2) });

const EXEMPLAR = message<Exemplar>('Exemplar', {
  labels: repeated(embedded(1, () => KEY_VALUE)),
  value: double(2),
  timestampMs: int64(3),
});

/** Number 3 was `promLabels`, which newer Tempo no longer has. */
const TIME_SERIES = message<TimeSeries>('TimeSeries', {
  labels: repeated(embedded(1, () => KEY_VALUE)),
  samples: repeated(embedded(2, () => SAMPLE)),
  exemplars: repeated(embedded(4, () => EXEMPLAR)),
});

export const QUERY_RANGE_RESPONSE: Message<QueryRangeResponse> = message<QueryRangeResponse>(
  'QueryRangeResponse',
  {
    series: listed(embedded(1, () => TIME_SERIES)),
    metrics: embedded(2, () => SEARCH_METRICS),
    status: enumeration(3, PARTIAL_STATUS),
    message: string(4),
  },
);

export interface QueryInstantResponse {
  readonly series?: readonly InstantSeries[];
  readonly metrics?: SearchMetrics;
  readonly status?: number;
  readonly message?: string;
}

export interface InstantSeries {
  readonly labels?: readonly KeyValue[];
  readonly value?: number;
}

const INSTANT_SERIES = message<InstantSeries>('InstantSeries', {
  labels: repeated(embedded(1, () => KEY_VALUE)),
  value: double(2),
});

export const QUERY_INSTANT_RESPONSE: Message<QueryInstantResponse> = message<QueryInstantResponse>(
  'QueryInstantResponse',
  {
    // Left out by Tempo too where there is none.
    series: repeated(embedded(1, () => INSTANT_SERIES)),
    metrics: embedded(2, () => SEARCH_METRICS),
    status: enumeration(3, PARTIAL_STATUS),
    message: string(4),
  },
);

// --------------------------------------------------------------------------------------------------------- trace by id

/** On the wire OTLP's `TracesData`. */
export interface Trace {
  readonly resourceSpans?: readonly ResourceSpans[];
}

export const TRACE: Message<Trace> = message<Trace>('Trace', {
  resourceSpans: repeated(embedded(1, () => RESOURCE_SPANS)),
});

/** `Trace` as the first version of the API calls its only field in JSON. */
export interface BatchesTrace {
  readonly batches?: readonly ResourceSpans[];
}

export const BATCHES_TRACE: Message<BatchesTrace> = message<BatchesTrace>('Trace', {
  batches: repeated(embedded(1, () => RESOURCE_SPANS)),
});

export interface TraceByIdResponse {
  /** Always there, empty for a trace that was not found: Grafana reads it without a look. */
  readonly trace: Trace;
  readonly metrics?: TraceByIdMetrics;
  readonly status?: number;
  readonly message?: string;
}

export interface TraceByIdMetrics {
  readonly inspectedBytes?: bigint;
}

const TRACE_BY_ID_METRICS = message<TraceByIdMetrics>('TraceByIDMetrics', { inspectedBytes: uint64(1) });

export const TRACE_BY_ID_RESPONSE: Message<TraceByIdResponse> = message<TraceByIdResponse>(
  'TraceByIDResponse',
  {
    trace: embedded(1, () => TRACE),
    metrics: embedded(2, () => TRACE_BY_ID_METRICS),
    status: enumeration(3, PARTIAL_STATUS),
    message: string(4),
  },
);

import type { FoundSpanset, FoundTrace, SearchResult } from '../../../engine/query/search-result.js';
import { messageText } from '../proto/json.js';
import {
  SEARCH_RESPONSE,
  type SearchResponse,
  type SpanSet,
  type TraceSearchMetadata,
} from '../proto/tempopb.js';
import { keyValues } from './any-value.js';
import { searchMetrics, uint32Of } from './inspected.js';

/** The JSON of Tempo's `/api/search`. */
export function searchResponseText(result: SearchResult): string {
  return messageText(SEARCH_RESPONSE, searchResponse(result));
}

export function searchResponse({ traces, inspected }: SearchResult): SearchResponse {
  return { traces: traces.map(foundTrace), metrics: searchMetrics(inspected) };
}

/** Tempo's text for a trace whose root span is in no block. */
const NO_ROOT = '<root span not yet received>';

function foundTrace(trace: FoundTrace): TraceSearchMetadata {
  const spanSets = trace.spansets.map(spanSet);
  const [only, ...others] = spanSets;
  return {
    traceID: trace.traceId.replace(/^0+/, ''),
    rootServiceName: trace.rootService ?? NO_ROOT,
    rootTraceName: trace.rootName ?? '',
    startTimeUnixNano: trace.start,
    durationMs: uint32Of(trace.duration / 1_000_000n),
    // Where there is a `spanSet`, Grafana's list of traces shows it alone and hides the other groups.
    ...(only === undefined || others.length > 0 ? {} : { spanSet: only }),
    spanSets,
    serviceStats: new Map(
      [...trace.services].map(([service, { spans, errors }]) => [
        service,
        { spanCount: spans, errorCount: errors },
      ]),
    ),
  };
}

function spanSet({ matched, attributes, spans }: FoundSpanset): SpanSet {
  return {
    matched: uint32Of(matched),
    attributes: keyValues(attributes),
    spans: spans.map((span) => ({
      spanID: span.spanId,
      name: span.name,
      startTimeUnixNano: span.start,
      durationNanos: span.duration,
      attributes: keyValues(span.attributes),
    })),
  };
}

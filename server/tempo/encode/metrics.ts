import type { Exemplar, MetricsResult } from '../../../engine/query/metrics-result.js';
import { messageText } from '../proto/json.js';
import {
  type Exemplar as ExemplarMessage,
  QUERY_INSTANT_RESPONSE,
  QUERY_RANGE_RESPONSE,
  type QueryInstantResponse,
  type QueryRangeResponse,
} from '../proto/tempopb.js';
import { keyValues } from './any-value.js';
import { completeness, searchMetrics } from './inspected.js';

/** The JSON of Tempo's `/api/metrics/query_range`. */
export function queryRangeResponseText(result: MetricsResult): string {
  return messageText(QUERY_RANGE_RESPONSE, queryRangeResponse(result));
}

/** The JSON of Tempo's `/api/metrics/query`. */
export function queryInstantResponseText(result: MetricsResult): string {
  return messageText(QUERY_INSTANT_RESPONSE, queryInstantResponse(result));
}

export function queryRangeResponse({ series, cutTo, inspected }: MetricsResult): QueryRangeResponse {
  return {
    series: series.map(({ labels, samples, exemplars }) => ({
      labels: keyValues(labels),
      samples: samples.map(({ timeMs, value }) => ({ timestampMs: BigInt(timeMs), value })),
      exemplars: exemplars.map(exemplar),
    })),
    metrics: searchMetrics(inspected),
    ...completeness(inspected, cutText(cutTo)),
  };
}

function cutText(cutTo: number | undefined): string | undefined {
  if (cutTo === undefined) return undefined;
  return `there are more series than query.max_series: the first ${cutTo} by their labels are here, each of them whole`;
}

/** Grafana makes a link to the trace of the label `trace:id`. */
function exemplar({ traceId, timeMs, value, labels }: Exemplar): ExemplarMessage {
  const own = labels.filter(({ name }) => name !== 'trace:id');
  return {
    labels: keyValues([...own, { name: 'trace:id', value: traceId }]),
    timestampMs: BigInt(Math.floor(timeMs)),
    value,
  };
}

/** Of a result with one interval; a series without a value in it is left out. */
export function queryInstantResponse({ series, cutTo, inspected }: MetricsResult): QueryInstantResponse {
  return {
    series: series.flatMap(({ labels, samples }) => {
      const last = samples.at(-1);
      return last === undefined ? [] : [{ labels: keyValues(labels), value: last.value }];
    }),
    metrics: searchMetrics(inspected),
    ...completeness(inspected, cutText(cutTo)),
  };
}

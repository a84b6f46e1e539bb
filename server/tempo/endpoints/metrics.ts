import type { Call } from '../../http/call.js';
import type { TempoContext } from '../context.js';
import { queryInstantResponse, queryRangeResponse } from '../encode/metrics.js';
import { metricsParams } from '../params/metrics-params.js';
import type { Parameters } from '../params/parameters.js';
import type { QueryInstantResponse, QueryRangeResponse } from '../proto/tempopb.js';
import { metricsQuery } from '../query-text.js';
import { checkMetricsRange } from '../ranges.js';

/** `/api/metrics/query_range`. */
export async function answerQueryRange(
  { backend, config }: TempoContext,
  call: Call,
  parameters: Parameters,
): Promise<QueryRangeResponse> {
  const params = await metricsParams(parameters, () => backend.newest(call));
  checkMetricsRange(params.range, config.query);
  const query = metricsQuery(params.query, config.query.maxQuery);
  const { query: text, range, step, exemplars } = params;
  return queryRangeResponse(await backend.metrics(call, { query, text, range, step, exemplars }));
}

/** `/api/metrics/query`: one value for each series over the whole range, without exemplars. */
export async function answerQueryInstant(
  { backend, config }: TempoContext,
  call: Call,
  parameters: Parameters,
): Promise<QueryInstantResponse> {
  const { query: text, range } = await metricsParams(parameters, () => backend.newest(call));
  checkMetricsRange(range, config.query);
  const query = metricsQuery(text, config.query.maxQuery);
  return queryInstantResponse(await backend.metrics(call, { query, text, range, exemplars: 0 }));
}

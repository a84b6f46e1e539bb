import type { Request, Response } from 'express';
import type { Call } from '../../http/call.js';
import type { TempoContext } from '../context.js';
import { queryInstantResponse, queryRangeResponse } from '../encode/metrics.js';
import { metricsParams } from '../params/metrics-params.js';
import { parametersOf } from '../params/parameters.js';
import { QUERY_INSTANT_RESPONSE, QUERY_RANGE_RESPONSE } from '../proto/tempopb.js';
import { metricsQuery } from '../query-text.js';
import { checkMetricsRange } from '../ranges.js';
import { sendMessage } from '../respond.js';

/** `/api/metrics/query_range`. */
export async function queryRange(
  context: TempoContext,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  const { backend, config } = context;
  const params = await metricsParams(parametersOf(request), () => backend.newest(call));
  checkMetricsRange(params.range, config.query);
  const query = metricsQuery(params.query, config.query.maxQuery);
  const { range, step, exemplars } = params;
  const result = await backend.metrics(call, { query, text: params.query, range, step, exemplars });
  await sendMessage(request, response, QUERY_RANGE_RESPONSE, queryRangeResponse(result));
}

/** `/api/metrics/query`: one value for each series over the whole range, without exemplars. */
export async function queryInstant(
  context: TempoContext,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  const { backend, config } = context;
  const { query: text, range } = await metricsParams(parametersOf(request), () => backend.newest(call));
  checkMetricsRange(range, config.query);
  const query = metricsQuery(text, config.query.maxQuery);
  const result = await backend.metrics(call, { query, text, range, exemplars: 0 });
  await sendMessage(request, response, QUERY_INSTANT_RESPONSE, queryInstantResponse(result));
}

import type { Request, Response } from 'express';
import type { Call } from '../../http/call.js';
import type { TempoContext } from '../context.js';
import { searchResponse } from '../encode/search.js';
import { parametersOf } from '../params/parameters.js';
import { searchParams } from '../params/search-params.js';
import { SEARCH_RESPONSE } from '../proto/tempopb.js';
import { spansQuery } from '../query-text.js';
import { searchRange } from '../ranges.js';
import { sendMessage } from '../respond.js';

/** `/api/search`. */
export async function search(
  { backend, config }: TempoContext,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  const { maxTraces, maxSpansPerSpanset, maxQuery } = config.query;
  const params = searchParams(parametersOf(request), { maxTraces, maxSpansPerSpanset });
  const { query: text, limit, spansPerSpanset } = params;
  const range = await searchRange(params.range, config.query, () => backend.newest(call));
  const query = spansQuery(text, maxQuery);
  const result = await backend.search(call, { query, text, limit, spansPerSpanset, ...(range && { range }) });
  await sendMessage(request, response, SEARCH_RESPONSE, searchResponse(result));
}

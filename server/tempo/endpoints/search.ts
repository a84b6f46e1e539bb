import type { Call } from '../../http/call.js';
import type { TempoContext } from '../context.js';
import { searchResponse } from '../encode/search.js';
import type { Parameters } from '../params/parameters.js';
import { searchParams } from '../params/search-params.js';
import type { SearchResponse } from '../proto/tempopb.js';
import { spansQuery } from '../query-text.js';
import { searchRange } from '../ranges.js';

/** `/api/search`. */
export async function answerSearch(
  { backend, config }: TempoContext,
  call: Call,
  parameters: Parameters,
): Promise<SearchResponse> {
  const { maxTraces, maxSpansPerSpanset, maxQuery } = config.query;
  const params = searchParams(parameters, { maxTraces, maxSpansPerSpanset });
  const { query: text, limit, spansPerSpanset } = params;
  const range = await searchRange(params.range, config.query, () => backend.newest(call));
  const query = spansQuery(text, maxQuery);
  const question = { query, text, limit, spansPerSpanset, ...(range && { range }) };
  return searchResponse(await backend.search(call, question));
}

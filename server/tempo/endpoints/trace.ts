import type { Call } from '../../http/call.js';
import { HttpError } from '../../http/http-error.js';
import type { TraceQuestion } from '../backend.js';
import type { TempoContext } from '../context.js';
import { resourceSpans, traceByIdResponse } from '../encode/trace.js';
import { filteredTrace } from '../filtered-trace.js';
import type { Parameters } from '../params/parameters.js';
import { secondsRange } from '../params/times.js';
import { traceFilter } from '../params/trace-filter.js';
import { traceIdOf } from '../params/trace-id.js';
import type { ResourceSpans } from '../proto/otlp.js';
import type { TraceByIdResponse } from '../proto/tempopb.js';

/** `/api/v2/traces/{id}`: a trace that is not found is an empty one. With `q`, those of its spans that match. */
export async function answerTraceV2(
  context: TempoContext,
  call: Call,
  parameters: Parameters,
  id: string,
): Promise<TraceByIdResponse> {
  const filter = traceFilter(parameters, context.config.query.maxQuery);
  const whole = await context.backend.trace(call, traceQuestion(parameters, id));
  if (filter === undefined) return traceByIdResponse(whole);
  const { result, cut } = await filteredTrace(context, call, whole, filter);
  return traceByIdResponse(result, cut);
}

/** `/api/traces/{id}`: a trace that is not found is 404. */
export async function answerTraceV1(
  { backend }: TempoContext,
  call: Call,
  parameters: Parameters,
  id: string,
): Promise<readonly ResourceSpans[]> {
  // To leave it out would answer another question than the one asked.
  if (parameters.get('q') !== undefined)
    throw new HttpError(
      400,
      'the spans of a trace are filtered by /api/v2/traces only: leave out the parameter q',
    );
  const spans = resourceSpans(await backend.trace(call, traceQuestion(parameters, id)));
  if (spans.length === 0) throw new HttpError(404, 'trace not found');
  return spans;
}

function traceQuestion(parameters: Parameters, id: string): TraceQuestion {
  const range = secondsRange(parameters);
  return { traceId: traceIdOf(id), ...(range === undefined ? {} : { range }) };
}

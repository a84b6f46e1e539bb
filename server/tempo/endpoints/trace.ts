import type { Call } from '../../http/call.js';
import { HttpError } from '../../http/http-error.js';
import type { TraceQuestion } from '../backend.js';
import type { TempoContext } from '../context.js';
import { resourceSpans, traceByIdResponse } from '../encode/trace.js';
import type { Parameters } from '../params/parameters.js';
import { secondsRange } from '../params/times.js';
import { traceIdOf } from '../params/trace-id.js';
import type { ResourceSpans } from '../proto/otlp.js';
import type { TraceByIdResponse } from '../proto/tempopb.js';

/** `/api/v2/traces/{id}`: a trace that is not found is an empty one. */
export async function answerTraceV2(
  { backend }: TempoContext,
  call: Call,
  parameters: Parameters,
  id: string,
): Promise<TraceByIdResponse> {
  return traceByIdResponse(await backend.trace(call, traceQuestion(parameters, id)));
}

/** `/api/traces/{id}`: a trace that is not found is 404. */
export async function answerTraceV1(
  { backend }: TempoContext,
  call: Call,
  parameters: Parameters,
  id: string,
): Promise<readonly ResourceSpans[]> {
  const spans = resourceSpans(await backend.trace(call, traceQuestion(parameters, id)));
  if (spans.length === 0) throw new HttpError(404, 'trace not found');
  return spans;
}

function traceQuestion(parameters: Parameters, id: string): TraceQuestion {
  // To leave it out would answer another question than the one asked.
  if (parameters.get('q') !== undefined)
    throw new HttpError(400, 'a filter on the spans of a trace is not supported: leave out the parameter q');
  const range = secondsRange(parameters);
  return { traceId: traceIdOf(id), ...(range === undefined ? {} : { range }) };
}

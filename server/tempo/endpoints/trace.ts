import type { Request, Response } from 'express';
import type { Call } from '../../http/call.js';
import { HttpError } from '../../http/http-error.js';
import type { TraceQuestion } from '../backend.js';
import type { TempoContext } from '../context.js';
import { resourceSpans, traceByIdResponse } from '../encode/trace.js';
import { parametersOf } from '../params/parameters.js';
import { secondsRange } from '../params/times.js';
import { traceIdOf } from '../params/trace-id.js';
import { BATCHES_TRACE, TRACE, TRACE_BY_ID_RESPONSE } from '../proto/tempopb.js';
import { sendMessage, wantsProtobuf } from '../respond.js';

/** `/api/v2/traces/{id}`: a trace that is not found is an empty one. */
export async function traceV2(
  { backend }: TempoContext,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  const result = await backend.trace(call, traceQuestion(request));
  await sendMessage(request, response, TRACE_BY_ID_RESPONSE, traceByIdResponse(result));
}

/** `/api/traces/{id}`: a trace that is not found is 404. */
export async function traceV1(
  { backend }: TempoContext,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  const batches = resourceSpans(await backend.trace(call, traceQuestion(request)));
  if (batches.length === 0) throw new HttpError(404, 'trace not found');
  if (wantsProtobuf(request)) await sendMessage(request, response, TRACE, { resourceSpans: batches });
  else await sendMessage(request, response, BATCHES_TRACE, { batches });
}

function traceQuestion(request: Request): TraceQuestion {
  const parameters = parametersOf(request);
  // To leave it out would answer another question than the one asked.
  if (parameters.get('q') !== undefined)
    throw new HttpError(400, 'a filter on the spans of a trace is not supported: leave out the parameter q');
  const range = secondsRange(parameters);
  return { traceId: traceIdOf(String(request.params.traceId)), ...(range === undefined ? {} : { range }) };
}

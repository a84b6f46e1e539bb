import express, { type Request, type RequestHandler, type Router } from 'express';
import { answering, type Call } from '../http/call.js';
import { HttpError } from '../http/http-error.js';
import { pathRouter } from '../http/router.js';
import type { TempoContext } from './context.js';
import { answerQueryInstant, answerQueryRange } from './endpoints/metrics.js';
import { answerSearch } from './endpoints/search.js';
import { buildInfo, echo } from './endpoints/status.js';
import { answerTagsV1, answerTagsV2, answerTagValuesV1, answerTagValuesV2 } from './endpoints/tags.js';
import { answerTraceV1, answerTraceV2 } from './endpoints/trace.js';
import { type Parameters, parametersOf } from './params/parameters.js';
import type { Message } from './proto/message.js';
import {
  BATCHES_TRACE,
  QUERY_INSTANT_RESPONSE,
  QUERY_RANGE_RESPONSE,
  SEARCH_RESPONSE,
  TRACE,
  TRACE_BY_ID_RESPONSE,
} from './proto/tempopb.js';
import {
  SEARCH_TAG_VALUES_RESPONSE,
  SEARCH_TAG_VALUES_V2_RESPONSE,
  SEARCH_TAGS_RESPONSE,
  SEARCH_TAGS_V2_RESPONSE,
} from './proto/tempopb-tags.js';
import { sendMessage, wantsProtobuf } from './respond.js';

/** `name` is what the path names: a trace or a tag. */
type Answer<T> = (context: TempoContext, call: Call, parameters: Parameters, name: string) => Promise<T>;

/** Tempo's query API, to be mounted at the root. `README.md` has what it answers and where it differs. */
export function tempoRouter(context: TempoContext): Router {
  const router = pathRouter();
  const { config, version } = context;
  const route = <T>(type: Message<T>, answer: Answer<T>, maxBytes?: number): RequestHandler =>
    answering(config, async (call, request, response) => {
      const message = await answer(context, call, parametersOf(request), nameOf(request));
      await sendMessage(request, response, type, message, maxBytes);
    });
  // Forms are for queries that are too long for a URL; Grafana sends none.
  const form = [onlyForms, express.urlencoded({ extended: false, limit: config.http.maxBody })];
  const search = route(SEARCH_RESPONSE, answerSearch);
  const queryRange = route(QUERY_RANGE_RESPONSE, answerQueryRange);
  const queryInstant = route(QUERY_INSTANT_RESPONSE, answerQueryInstant);

  router.get('/api/echo', echo);
  router.get('/api/status/buildinfo', buildInfo(version));
  router.route('/api/search').get(search).post(form, search);
  router.get('/api/search/tags', route(SEARCH_TAGS_RESPONSE, answerTagsV1));
  router.get('/api/v2/search/tags', route(SEARCH_TAGS_V2_RESPONSE, answerTagsV2));
  router.get('/api/search/tag/*tag/values', route(SEARCH_TAG_VALUES_RESPONSE, answerTagValuesV1));
  router.get('/api/v2/search/tag/*tag/values', route(SEARCH_TAG_VALUES_V2_RESPONSE, answerTagValuesV2));
  router.get('/api/traces/:traceId', traceV1(context));
  router.get('/api/v2/traces/:traceId', route(TRACE_BY_ID_RESPONSE, answerTraceV2, config.query.maxTrace));
  router.route('/api/metrics/query_range').get(queryRange).post(form, queryRange);
  router.route('/api/metrics/query').get(queryInstant).post(form, queryInstant);
  return router;
}

/** A body that is no form would be passed over, and another question answered than the one that was asked. */
const onlyForms: RequestHandler = (request, _, next) => {
  if (request.is(FORM) === false) throw new HttpError(415, `a body must be a form, ${FORM}`);
  next();
};

const FORM = 'application/x-www-form-urlencoded';

/** The only endpoint whose JSON has another name for a field than its protobuf message. */
function traceV1(context: TempoContext): RequestHandler {
  const { maxTrace } = context.config.query;
  return answering(context.config, async (call, request, response) => {
    const spans = await answerTraceV1(context, call, parametersOf(request), nameOf(request));
    if (wantsProtobuf(request))
      await sendMessage(request, response, TRACE, { resourceSpans: spans }, maxTrace);
    else await sendMessage(request, response, BATCHES_TRACE, { batches: spans }, maxTrace);
  });
}

/** Names of attributes may hold slashes, which make several parts of the path. */
function nameOf({ params }: Request): string {
  const name: unknown = params.tag ?? params.traceId ?? '';
  return Array.isArray(name) ? name.join('/') : String(name);
}

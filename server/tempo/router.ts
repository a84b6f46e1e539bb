import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { answering, type Call } from '../http/call.js';
import type { TempoContext } from './context.js';
import { queryInstant, queryRange } from './endpoints/metrics.js';
import { search } from './endpoints/search.js';
import { buildInfo, echo } from './endpoints/status.js';
import { tagsV1, tagsV2, tagValuesV1, tagValuesV2 } from './endpoints/tags.js';
import { traceV1, traceV2 } from './endpoints/trace.js';

type Endpoint = (context: TempoContext, call: Call, request: Request, response: Response) => Promise<void>;

/** Tempo's query API, to be mounted at the root. `README.md` has what it answers and where it differs. */
export function tempoRouter(context: TempoContext): Router {
  const router = Router();
  const at = (endpoint: Endpoint): RequestHandler =>
    answering(context.config, (call, request, response) => endpoint(context, call, request, response));
  // Forms are for queries that are too long for a URL; Grafana sends none.
  const form = express.urlencoded({ extended: false, limit: context.config.http.maxBody });

  router.get('/api/echo', echo);
  router.get('/api/status/buildinfo', buildInfo(context.version));
  router.route('/api/search').get(at(search)).post(form, at(search));
  router.get('/api/search/tags', at(tagsV1));
  router.get('/api/v2/search/tags', at(tagsV2));
  router.get('/api/search/tag/*tag/values', at(tagValuesV1));
  router.get('/api/v2/search/tag/*tag/values', at(tagValuesV2));
  router.get('/api/traces/:traceId', at(traceV1));
  router.get('/api/v2/traces/:traceId', at(traceV2));
  router.route('/api/metrics/query_range').get(at(queryRange)).post(form, at(queryRange));
  router.route('/api/metrics/query').get(at(queryInstant)).post(form, at(queryInstant));
  return router;
}

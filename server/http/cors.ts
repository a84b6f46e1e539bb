import type { RequestHandler } from 'express';
import type { ServiceMetrics } from '../shared/metrics.js';
import { HttpError } from './http-error.js';
import { answerHeaders, FOREIGN_ORIGIN, originOf, PREFLIGHT_HEADERS } from './origin.js';

/** Lets scripts of the named origins ask; for those of others nothing happens at all, where a browser would only hide the answer. */
export function cors(origins: readonly string[], { refused }: ServiceMetrics): RequestHandler {
  return (request, response, next) => {
    response.vary('Origin');
    const origin = originOf(request, origins);
    if (origin.kind === 'foreign') {
      refused.inc({ reason: 'origin' });
      throw new HttpError(403, 'this origin is not among http.cors_origins', { code: FOREIGN_ORIGIN });
    }
    if (origin.kind === 'named') {
      response.set(answerHeaders(origin));
      if (request.method === 'OPTIONS') {
        response.set(PREFLIGHT_HEADERS).status(204).end();
        return;
      }
    }
    next();
  };
}

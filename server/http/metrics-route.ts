import type { Router } from 'express';
import type { ServiceMetrics } from '../shared/metrics.js';
import { HttpError } from './http-error.js';
import { scopeOf } from './request-scope.js';
import { pathRouter } from './router.js';

/** Counters name tenants, so a token must open all of them to read `/metrics`. */
export function metricsRouter({ registry }: ServiceMetrics): Router {
  const router = pathRouter();
  router.get('/metrics', async (request, response) => {
    if (scopeOf(request).principal?.everything !== true)
      throw new HttpError(403, 'this token does not open all tenants', { code: 'BT5011' });
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}

import { Router } from 'express';

export interface Readiness {
  /** Why the service is not ready; absent when it is. */
  reason(): string | undefined;
}

/** `/-/healthy`: the process runs. `/-/ready` (and `/ready`, as Tempo has it): it answers questions. Open to everybody. */
export function healthRouter(readiness: Readiness): Router {
  const router = Router();
  router.get('/-/healthy', (_request, response) => {
    response.type('text/plain').send('healthy\n');
  });
  router.get(['/-/ready', '/ready'], (_request, response) => {
    const reason = readiness.reason();
    response
      .status(reason === undefined ? 200 : 503)
      .type('text/plain')
      .send(reason === undefined ? 'ready\n' : `not ready: ${reason}\n`);
  });
  return router;
}

import type { Router } from 'express';
import { pathRouter } from './router.js';

export interface Readiness {
  /** Why the service is not ready; absent when it is. */
  reason(): string | undefined;
  parts(): readonly ReadinessPart[];
}

export interface ReadinessPart {
  readonly name: string;
  readonly state: 'ok' | 'failing';
  /** Whether the service is not ready while it fails. */
  readonly needed: boolean;
  /** RFC 3339. */
  readonly since: string;
  readonly reason?: string;
  readonly cure?: string;
}

/**
 * `/-/healthy`: the process runs. `/-/ready` (and `/ready`, as Tempo has it): requests are answered and spans are kept; with `Accept: application/json`
 * part by part. Open to everybody.
 */
export function healthRouter(readiness: Readiness): Router {
  const router = pathRouter();
  router.get('/-/healthy', (_request, response) => {
    response.type('text/plain').send('healthy\n');
  });
  router.get(['/-/ready', '/ready'], (request, response) => {
    const reason = readiness.reason();
    response.status(reason === undefined ? 200 : 503).vary('Accept');
    // Text where nobody asks for more: the first of both is what `*/*` gets.
    if (request.accepts(['text/plain', 'application/json']) === 'application/json')
      response.json({
        ready: reason === undefined,
        ...(reason !== undefined && { reason }),
        parts: readiness.parts(),
      });
    else response.type('text/plain').send(reason === undefined ? 'ready\n' : `not ready: ${reason}\n`);
  });
  return router;
}

import type { RequestHandler } from 'express';
import { HttpError } from './http-error.js';

const ALLOWED_HEADERS = 'Authorization, Content-Type, X-Scope-OrgID, X-Request-Id, Last-Event-ID';

/**
 * Lets scripts of the named origins call (https://fetch.spec.whatwg.org/#http-cors-protocol); without any, browsers refuse
 * all but pages of the service itself. Credentials that a browser adds by itself are never allowed: a token is sent on purpose.
 */
export function cors(origins: readonly string[]): RequestHandler {
  const any = origins.includes('*');
  return (request, response, next) => {
    const origin = request.get('origin');
    response.vary('Origin');
    if (origin === undefined || origin === ownOrigin(request)) {
      next();
      return;
    }
    if (!any && !origins.includes(origin)) {
      // A browser would send simple requests and only hide the answer; nothing is to happen at all.
      throw new HttpError(403, 'this origin is not among http.cors_origins', { code: 'BT5018' });
    }
    response.set({
      'Access-Control-Allow-Origin': any ? '*' : origin,
      'Access-Control-Expose-Headers': 'X-Request-Id, Location, Retry-After',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    if (request.method !== 'OPTIONS') {
      next();
      return;
    }
    response
      .set({
        'Access-Control-Allow-Methods': 'GET, POST, DELETE',
        'Access-Control-Allow-Headers': ALLOWED_HEADERS,
        'Access-Control-Max-Age': '600',
      })
      .status(204)
      .end();
  };
}

function ownOrigin(request: Parameters<RequestHandler>[0]): string {
  return `${request.protocol}://${request.get('host') ?? ''}`;
}

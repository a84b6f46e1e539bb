import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Principal } from '../auth/principal.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../shared/log.js';
import type { ServiceMetrics } from '../shared/metrics.js';
import { ClientGone } from './http-error.js';

/** What belongs to one request from its first byte to the end of its response. */
export interface RequestScope {
  /** In every log line and error of the request, and in the response's `X-Request-Id`. */
  readonly id: string;
  readonly log: Logger;
  /** Aborts when the client goes away or the service stops; the reason is an `HttpError`. */
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Who asks; set once the request is authenticated. */
  principal?: Principal;
  /** Whom it is about; set once somebody asked for it. */
  tenant?: string;
  /** The path of the API that it belongs to, as Express forgets it when an error leaves a router. */
  api?: string;
}

const scopes = new WeakMap<Request, RequestScope>();

export function scopeOf(request: Request): RequestScope {
  const scope = scopes.get(request);
  if (scope === undefined) throw new Error('the request has no scope: requestScope() must come first');
  return scope;
}

/** Ids from outside are kept, so that a request can be followed through proxies, where they cannot do harm in a log. */
const SAFE_ID = /^[\w.:-]{1,64}$/;

export interface OpenRequests {
  readonly size: number;
  /** Cancels whatever is being answered. */
  abortAll(reason: Error): void;
}

/** Opens a scope for each request, logs and counts it at its end. */
export function requestScopes(
  log: Logger,
  metrics: ServiceMetrics,
  { queries }: Pick<Config['log'], 'queries'>,
): { readonly handler: RequestHandler; readonly open: OpenRequests } {
  const open = new Set<RequestScope>();
  const handler = (request: Request, response: Response, next: NextFunction): void => {
    const given = request.get('x-request-id') ?? '';
    const id = SAFE_ID.test(given) ? given : randomUUID();
    const controller = new AbortController();
    const scope: RequestScope = {
      id,
      log: log.child({ request: id }),
      signal: controller.signal,
      abort: (reason) => controller.abort(reason),
    };
    scopes.set(request, scope);
    open.add(scope);
    response.setHeader('X-Request-Id', id);
    metrics.requestsInFlight.inc();
    const started = performance.now();
    response.once('close', () => {
      open.delete(scope);
      metrics.requestsInFlight.dec();
      const gone = !response.writableFinished;
      if (gone) controller.abort(new ClientGone());
      const seconds = (performance.now() - started) / 1000;
      const status = gone ? 499 : response.statusCode;
      const route = routeOf(request);
      metrics.requestDuration.observe({ method: methodOf(request), route, status: String(status) }, seconds);
      scope.log.info(
        {
          method: methodOf(request),
          route,
          status,
          // A URL holds the text of queries.
          ...((queries || log.isLevelEnabled('debug')) && { url: request.originalUrl.slice(0, MOST_URL) }),
          ms: Math.round(seconds * 1e6) / 1e3,
          ...(scope.tenant !== undefined && { tenant: scope.tenant }),
          ...(scope.principal?.name !== undefined && { principal: scope.principal.name }),
        },
        'request',
      );
    });
    next();
  };
  return {
    handler,
    open: {
      get size() {
        return open.size;
      },
      abortAll: (reason) => {
        for (const scope of open) scope.abort(reason);
      },
    },
  };
}

/** Of a URL that is logged. */
const MOST_URL = 4096;

/** The template, never the path: ids and names in paths would make a label of each. */
function routeOf(request: Request): string {
  const route: unknown = request.route;
  if (typeof route !== 'object' || route === null || !('path' in route)) return 'none';
  return `${scopeOf(request).api ?? ''}${String(route.path)}`;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function methodOf({ method }: Request): string {
  return METHODS.has(method) ? method : 'other';
}

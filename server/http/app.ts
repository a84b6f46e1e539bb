import express, { type Express, type Request, type RequestHandler, type Router } from 'express';
import type { TokenStore } from '../auth/tokens.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../shared/log.js';
import type { ServiceMetrics } from '../shared/metrics.js';
import { authenticate } from './authenticate.js';
import { cors } from './cors.js';
import { type ErrorFormat, errorHandler } from './errors.js';
import { healthRouter, type Readiness } from './health.js';
import { hostCheck } from './host.js';
import { HttpError } from './http-error.js';
import { requestLimits } from './limits.js';
import { metricsRouter } from './metrics-route.js';
import { type OpenRequests, requestScopes, scopeOf } from './request-scope.js';
import { securityHeaders } from './security-headers.js';

/** An API under a path of its own. Its errors are answered in its format, also those that happen before its router. */
export interface Api {
  readonly path: string;
  readonly errors: ErrorFormat;
  readonly router: Router;
}

export interface AppOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: ServiceMetrics;
  readonly tokens: TokenStore;
  readonly readiness: Readiness;
  readonly apis: readonly Api[];
}

export interface App {
  readonly express: Express;
  readonly open: OpenRequests;
}

/** The middleware that every request passes, in order, and the routers behind it. */
export function createApp({ config, log, metrics, tokens, readiness, apis }: AppOptions): App {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // One value or a list of them, nothing nested: deeper parsers are where hostile parameters hide.
  app.set('query parser', 'simple');
  // As `pathRouter` has it.
  app.set('case sensitive routing', true);
  const scopes = requestScopes(log, metrics, config.log);
  app.use(scopes.handler, securityHeaders, requestLimits(config.http, metrics));
  // Before authentication: a browser asks for permission without a token.
  app.use(cors(config.http.corsOrigins, metrics));
  app.use(healthRouter(readiness));
  app.use(hostCheck(config.http, metrics));
  app.use(authenticate(tokens));
  app.use(metricsRouter(metrics));
  for (const { path, router } of apis) app.use(path, enter(path), router);
  app.use((request: Request) => {
    throw new HttpError(404, `there is nothing at ${request.path.slice(0, 200)}`);
  });
  app.use(errorHandler((request) => formatFor(request, apis)));
  return { express: app, open: scopes.open };
}

function enter(path: string): RequestHandler {
  return (request, _response, next) => {
    if (path !== '/') scopeOf(request).api = path;
    next();
  };
}

function formatFor({ originalUrl }: Request, apis: readonly Api[]): ErrorFormat {
  const [pathname = ''] = originalUrl.split('?', 1);
  const api = apis.find(({ path }) => path !== '/' && `${pathname}/`.startsWith(`${path}/`));
  return api?.errors ?? 'text';
}

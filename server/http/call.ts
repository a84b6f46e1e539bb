/** How a router answers a question about a tenant: with its identity checked, its time bounded, its end observed. */
import type { Request, RequestHandler, Response } from 'express';
import type { Config } from '../config/schema.js';
import type { Logger } from '../shared/log.js';
import { Overdue } from './http-error.js';
import { scopeOf } from './request-scope.js';
import { tenantOf } from './tenant.js';

/** A question as those who answer it see it. */
export interface Call {
  readonly id: string;
  readonly tenant: string;
  readonly log: Logger;
  /** Aborts when the client goes away, the time is up, or the service stops; the reason is an `HttpError`. */
  readonly signal: AbortSignal;
}

export type CallHandler = (call: Call, request: Request, response: Response) => Promise<void>;

export interface CallOptions {
  /** Milliseconds; 0 for no bound, as for streams of events. Default: `query.timeout`. */
  readonly timeout?: number;
}

/**
 * A handler for questions about a tenant. Rejections of `answer` go to the error handler of the router's API. When the
 * signal aborts, the response is sent at once, whether or not `answer` has noticed.
 */
export function answering(config: Config, answer: CallHandler, options: CallOptions = {}): RequestHandler {
  const timeout = options.timeout ?? config.query.timeout;
  return async (request, response) => {
    const scope = scopeOf(request);
    const tenant = tenantOf(request, config);
    const timer =
      timeout > 0 ? setTimeout(() => scope.abort(new Overdue('the request')), timeout) : undefined;
    const stopped = new Promise<never>((_, reject) => {
      if (scope.signal.aborted) reject(scope.signal.reason);
      scope.signal.addEventListener('abort', () => reject(scope.signal.reason), { once: true });
    });
    try {
      const call: Call = { id: scope.id, tenant, log: scope.log.child({ tenant }), signal: scope.signal };
      await Promise.race([answer(call, request, response), stopped]);
    } finally {
      clearTimeout(timer);
      stopped.catch(() => undefined);
    }
  };
}

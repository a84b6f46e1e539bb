import type { RequestHandler } from 'express';
import type { Config } from '../config/schema.js';
import type { ServiceMetrics } from '../shared/metrics.js';
import { HttpError } from './http-error.js';

/** Refuses what is too long before anything looks at it. Bodies are bounded where they are read. */
export function requestLimits({ maxUrl }: Config['http'], { refused }: ServiceMetrics): RequestHandler {
  return (request, _response, next) => {
    if (request.originalUrl.length > maxUrl) {
      refused.inc({ reason: 'url' });
      throw new HttpError(414, `the URL is longer than ${maxUrl} bytes`, { code: 'BT5014' });
    }
    next();
  };
}

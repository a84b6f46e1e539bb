import type { RequestHandler } from 'express';
import type { Config } from '../config/schema.js';
import type { ServiceMetrics } from '../metrics.js';
import { HttpError } from './http-error.js';

/**
 * Refuses names that the service does not go by. A page anywhere on the web can make its own name resolve to 127.0.0.1
 * and would then read traces through the browser of whoever looks at it (DNS rebinding); its requests carry that name.
 */
export function hostCheck(
  { address, allowedHosts }: Config['http'],
  { refused }: ServiceMetrics,
): RequestHandler {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  if (allowed.size === 0 && !isLoopback(address)) return (_request, _response, next) => next();
  return (request, _response, next) => {
    const host = hostName(request.get('host') ?? '');
    if (!allowed.has(host) && !isLoopback(host)) {
      refused.inc({ reason: 'host' });
      throw new HttpError(421, 'the service does not go by this host name: see http.allowed_hosts', {
        code: 'BT5015',
      });
    }
    next();
  };
}

/** Without the port: `[::1]:3210` is `::1`. */
function hostName(header: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header.toLowerCase()) ?? [];
  return bracketed ?? plain ?? '';
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

import type { RequestHandler } from 'express';
import type { ServiceMetrics } from '../shared/metrics.js';
import { HttpError } from './http-error.js';

/** Where a port listens, and the names that are configured for it. */
export interface HostConfig {
  readonly address: string;
  readonly allowedHosts: readonly string[];
}

export const UNKNOWN_HOST = 'BT5015';

/**
 * Whether the port goes by the name in a header `Host`. A page anywhere on the web can make its own name resolve to 127.0.0.1, and
 * would then reach the service through the browser of whoever looks at it (DNS rebinding); its requests carry that name.
 */
export function goesBy({ address, allowedHosts }: HostConfig): (host: string | undefined) => boolean {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  if (allowed.size === 0 && !isLoopback(address)) return () => true;
  return (header = '') => {
    const host = hostName(header);
    return allowed.has(host) || isLoopback(host);
  };
}

/** Refuses names that the service does not go by. */
export function hostCheck(config: HostConfig, { refused }: ServiceMetrics): RequestHandler {
  const isOurs = goesBy(config);
  return (request, _response, next) => {
    if (!isOurs(request.headers.host)) {
      refused.inc({ reason: 'host' });
      throw new HttpError(421, 'the service does not go by this host name: see http.allowed_hosts', {
        code: UNKNOWN_HOST,
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

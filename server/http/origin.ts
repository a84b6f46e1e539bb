/** Which web page a request comes from, if any, and whether its scripts may ask. */
import type { IncomingMessage } from 'node:http';

export const FOREIGN_ORIGIN = 'BT5018';

export type Origin =
  /** No web page, as far as a request tells, or one of the service itself. */
  | { readonly kind: 'own' }
  /** One whose origin is configured; `allow` is the value of `Access-Control-Allow-Origin`. */
  | { readonly kind: 'named'; readonly allow: string }
  | { readonly kind: 'foreign' };

/** `named`: origins as they are configured, `*` for any. */
export function originOf({ headers, socket }: IncomingMessage, named: readonly string[]): Origin {
  const { origin } = headers;
  if (origin === undefined) return isHiddenPage(headers) ? { kind: 'foreign' } : { kind: 'own' };
  // Whether a proxy before the service speaks TLS is not to be seen here.
  const schemes = 'encrypted' in socket ? ['https'] : ['http', 'https'];
  if (schemes.some((scheme) => origin === `${scheme}://${headers.host ?? ''}`)) return { kind: 'own' };
  if (named.includes('*')) return { kind: 'named', allow: '*' };
  return named.includes(origin) ? { kind: 'named', allow: origin } : { kind: 'foreign' };
}

/**
 * An image or a stylesheet "at" the service: browsers send no origin with those, but say that they come from elsewhere
 * (https://www.w3.org/TR/fetch-metadata/). A link that somebody follows is theirs to follow.
 */
function isHiddenPage(headers: IncomingMessage['headers']): boolean {
  const from = headers['sec-fetch-site'];
  return (from === 'cross-site' || from === 'same-site') && headers['sec-fetch-mode'] !== 'navigate';
}

const METHODS = 'GET, POST, DELETE';
const REQUEST_HEADERS =
  'Authorization, Content-Type, Content-Encoding, X-Scope-OrgID, X-Request-Id, Last-Event-ID, Mcp-Protocol-Version';

/**
 * What lets a browser show the answer to the page (https://fetch.spec.whatwg.org/#http-cors-protocol). Credentials that a browser adds by
 * itself are never allowed: a token is sent on purpose.
 */
export function answerHeaders({
  allow,
}: Extract<Origin, { kind: 'named' }>): Readonly<Record<string, string>> {
  return {
    'Access-Control-Allow-Origin': allow,
    'Access-Control-Expose-Headers': 'X-Request-Id, Location, Retry-After',
    'Cross-Origin-Resource-Policy': 'cross-origin',
  };
}

/** The answer to a browser that asks before it sends a request. */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Methods': METHODS,
  'Access-Control-Allow-Headers': REQUEST_HEADERS,
  'Access-Control-Max-Age': '600',
};

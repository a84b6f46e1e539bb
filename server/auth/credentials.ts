import type { Principal } from './principal.js';
import type { TokenStore } from './tokens.js';

const ANYBODY: Principal = { mayReach: () => true, everything: true };

/** Who shows these credentials, as the header `Authorization` has them; undefined where they open nothing. */
export function principalFor(authorization: string, tokens: TokenStore): Principal | undefined {
  if (tokens.size === 0) return ANYBODY;
  const [, scheme = '', credentials = ''] = /^(\S+) +(\S+)$/.exec(authorization) ?? [];
  const token = tokenOf(scheme.toLowerCase(), credentials);
  return token === undefined ? undefined : tokens.find(token);
}

/** Basic as well, with the token for a password, because that is what a browser can be asked for. */
function tokenOf(scheme: string, credentials: string): string | undefined {
  if (scheme === 'bearer') return credentials;
  if (scheme !== 'basic') return undefined;
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}

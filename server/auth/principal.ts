import type { TokenStore } from './tokens.js';

/** Who asks, and which tenants are open to them. */
export interface Principal {
  /** The name of the token; absent where no tokens are configured. */
  readonly name?: string;
  mayReach(tenant: string): boolean;
  /** Whether every tenant is open, and with it what concerns all of them. */
  readonly everything: boolean;
}

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

import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { principalFor } from '../auth/credentials.js';
import type { Principal } from '../auth/principal.js';
import type { TokenStore } from '../auth/tokens.js';
import { HttpError } from './http-error.js';
import { scopeOf } from './request-scope.js';

/** Sets the principal of the request, or refuses it with 401. Lets everybody in where no tokens are configured. */
export function authenticate(tokens: TokenStore): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction): void => {
    scopeOf(request).principal = principalOf(request, tokens);
    next();
  };
}

function principalOf(request: Request, tokens: TokenStore): Principal {
  const found = principalFor(request.get('authorization') ?? '', tokens);
  if (found !== undefined) return found;
  throw new HttpError(401, 'a valid bearer token is needed', {
    code: 'BT5010',
    headers: { 'WWW-Authenticate': `${challenge(request)} realm="betrace"` },
  });
}

function challenge({ path }: Request): string {
  return path === '/' ? 'Basic' : 'Bearer';
}

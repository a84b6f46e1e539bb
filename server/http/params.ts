/** Parameters of the query string, each given once at most. */
import type { Request } from 'express';
import { HttpError } from './http-error.js';

/** Throws 400 where it is given several times: which one was meant cannot be known. */
export function param(request: Request, name: string): string | undefined {
  const value: unknown = Object.hasOwn(request.query, name) ? request.query[name] : undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw new HttpError(400, `the parameter "${name}" is given more than once`);
}

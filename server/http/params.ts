/** Parameters of the query string, each given once at most. */
import type { Request } from 'express';
import { HttpError } from './http-error.js';

/** Throws 400 where it is given several times: which one was meant cannot be known. */
export function param(request: Request, name: string): string | undefined {
  const value: unknown = Object.hasOwn(request.query, name) ? request.query[name] : undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw new HttpError(400, `the parameter "${name}" is given more than once`);
}

/** A whole number within bounds; throws 400. */
export function countParam(
  request: Request,
  name: string,
  bounds: { readonly least: number; readonly most?: number },
): number | undefined {
  const text = param(request, name);
  if (text === undefined || text === '') return undefined;
  const { least, most = Number.MAX_SAFE_INTEGER } = bounds;
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least && count <= most) return count;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new HttpError(400, `the parameter "${name}" is not a whole number ${range}`);
}

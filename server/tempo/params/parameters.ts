import type { Request } from 'express';
import { HttpError } from '../../http/http-error.js';

/** The parameters of a request, from its query string or, for a form, from its body. An empty one counts as absent, as in Tempo. */
export interface Parameters {
  /** Throws 400 where it is given several times: which one was meant cannot be known. */
  get(name: string): string | undefined;
  readonly names: readonly string[];
}

export function parametersOf(request: Request): Parameters {
  const body: unknown = request.body;
  const form = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  return parametersFrom(
    new Map<string, unknown>([...Object.entries(form), ...Object.entries(request.query)]),
  );
}

export function parametersFrom(given: ReadonlyMap<string, unknown>): Parameters {
  return {
    names: [...given.keys()],
    get: (name) => {
      const value = given.get(name);
      if (value === undefined || value === '') return undefined;
      if (typeof value === 'string') return value;
      throw new HttpError(400, `invalid ${name}: given more than once`);
    },
  };
}

/** A whole number of at least 1. Throws 400. */
export function positiveInteger(parameters: Parameters, name: string): number | undefined {
  const value = wholeNumber(parameters, name);
  if (value !== undefined && value <= 0)
    throw new HttpError(400, `invalid ${name}: must be a positive number`);
  return value;
}

/** A whole number, possibly negative. Throws 400. */
export function wholeNumber(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw new HttpError(400, `invalid ${name}: ${quoted(text)} is not a whole number`);
}

/** What a client sent, short enough and printable for an error text. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

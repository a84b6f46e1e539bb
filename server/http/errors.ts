/** The two ways in which an error is answered: as text, as Tempo does, and as problem details (RFC 9457). */
import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express';
import type { Logger } from '../shared/log.js';
import { HttpError } from './http-error.js';
import { scopeOf } from './request-scope.js';

export type ErrorFormat = 'text' | 'problem';

/** The last handler of an app or router. What is no `HttpError` is a defect: logged whole, answered with 500 and no more. */
export function errorHandler(format: (request: Request) => ErrorFormat): ErrorRequestHandler {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const scope = scopeOf(request);
    const answer = toHttpError(error, scope.log);
    // Half an answer cannot be taken back; a client must see that it is not whole.
    if (response.headersSent) {
      if (!response.writableEnded) response.destroy();
      return;
    }
    if (response.destroyed) return;
    response.status(answer.status).set(answer.headers);
    switch (format(request)) {
      case 'text':
        response.type('text/plain').send(answer.message);
        break;
      case 'problem':
        response.type('application/problem+json').send(JSON.stringify(problemOf(answer, scope.id)));
        break;
    }
  };
}

/** https://www.rfc-editor.org/rfc/rfc9457 with the catalogue's code and the request's id. */
export interface Problem {
  readonly type: 'about:blank';
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code?: string;
  readonly request: string;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  499: 'Client Closed Request',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

function problemOf({ status, message, code }: HttpError, request: string): Problem {
  return {
    type: 'about:blank',
    status,
    title: TITLES[status] ?? 'Error',
    detail: message,
    ...(code !== undefined && { code }),
    request,
  };
}

function toHttpError(error: unknown, log: Logger): HttpError {
  if (error instanceof HttpError) return error;
  const known = refusedByExpress(error);
  if (known !== undefined) return known;
  log.error({ err: error }, 'a request failed unexpectedly');
  return new HttpError(500, 'an unexpected error happened; the log has it under the id of this request', {
    code: 'BT5019',
  });
}

/** Express and its body parser reject what they cannot read with errors that carry a status of 4xx. */
function refusedByExpress(error: unknown): HttpError | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status < 400 || error.status > 499) return undefined;
  const message = error instanceof URIError ? 'the path is not valid percent-encoding' : error.message;
  return new HttpError(error.status, message, { cause: error });
}

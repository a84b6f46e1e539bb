import { QueryError } from '../../engine/query/query-error.js';
import { isOutOfMemory } from '../../engine/sql/store/out-of-memory.js';
import { HttpError } from '../http/http-error.js';
import { QueueFull } from './admission.js';

/** What a client learns of why a question was not answered; what is no answer to them stays as it is. */
export function asHttpError(error: unknown): unknown {
  if (error instanceof QueueFull)
    return new HttpError(429, 'too many questions are waiting for their turn', {
      code: 'BT5016',
      headers: { 'Retry-After': '1' },
      cause: error,
    });
  if (error instanceof QueryError)
    return new HttpError(400, error.message, { code: error.code, cause: error });
  if (isOutOfMemory(error))
    return new HttpError(
      422,
      'the question needs more memory than one may use: narrow it or its time range',
      {
        code: 'BT5017',
        cause: error,
      },
    );
  return error;
}

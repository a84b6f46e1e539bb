import { QueryError } from '../../engine/query/query-error.js';
import { EngineError } from '../../engine/sql/store/engine-error.js';
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
  return engineAnswer(error) ?? error;
}

/** What a client learns of an engine that did not answer: nothing of where it is, which the log says. Undefined for any other error. */
export function engineAnswer(error: unknown): HttpError | undefined {
  if (!(error instanceof EngineError)) return undefined;
  const { code, type = 'no answer' } = error;
  const options = { code, cause: error };
  if (code === 'BT3017')
    return new HttpError(503, `the engine cannot be asked: ${type}`, {
      ...options,
      headers: { 'Retry-After': '5' },
    });
  if (code !== 'BT3018') return new HttpError(400, error.message, options);
  const status = STATUS_OF_BOUND.get(type) ?? 422;
  return new HttpError(status, `the question goes beyond a bound of the engine: ${type}`, {
    ...options,
    ...(status === 429 && { headers: { 'Retry-After': '1' } }),
  });
}

/** By what ClickHouse calls it. Any other bound is one of how much may be read. */
const STATUS_OF_BOUND: ReadonlyMap<string, number> = new Map([
  ['TIMEOUT_EXCEEDED', 504],
  ['TOO_SLOW', 504],
  ['QUERY_WAS_CANCELLED', 504],
  ['TOO_MANY_SIMULTANEOUS_QUERIES', 429],
  ['QUOTA_EXCEEDED', 429],
]);

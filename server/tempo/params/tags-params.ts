import type { TagScope } from '../../../engine/query/tags-result.js';
import { HttpError } from '../../http/http-error.js';
import { type Parameters, quoted, wholeNumber } from './parameters.js';
import { secondsRange, type TimeRange } from './times.js';

const SCOPES: readonly TagScope[] = ['resource', 'span', 'event', 'link', 'instrumentation', 'intrinsic'];

/** What requests for names and for values of attributes have in common. */
export interface TagParams {
  /** Half-typed text is to be expected. */
  readonly query?: string;
  readonly range?: TimeRange;
  /** Of names in a scope, or of values; absent for no limit. */
  readonly limit?: number;
}

/** Throws 400. `maxStaleValues`, an early end of Tempo's own search, changes nothing here. */
export function tagParams(parameters: Parameters): TagParams {
  const query = parameters.get('q');
  const range = secondsRange(parameters);
  const limit = wholeNumber(parameters, 'limit') ?? 0;
  if (limit < 0) throw new HttpError(400, 'invalid limit: must be a non-negative number');
  return {
    ...(query === undefined ? {} : { query }),
    ...(range === undefined ? {} : { range }),
    ...(limit === 0 ? {} : { limit }),
  };
}

/** Absent for all. Throws 400. */
export function scopeOf(parameters: Parameters): TagScope | undefined {
  const text = parameters.get('scope');
  if (text === undefined || text === 'none') return undefined;
  const scope = SCOPES.find((tagScope) => tagScope === text);
  if (scope === undefined) throw new HttpError(400, `invalid scope: ${quoted(text)}`);
  return scope;
}

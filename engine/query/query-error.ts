import type { QueryCode } from './query-codes.js';

/** A question that cannot be answered as asked: the caller's to change, not a failure of the program. */
export class QueryError extends Error {
  override readonly name = 'QueryError';

  constructor(
    readonly code: QueryCode,
    message: string,
  ) {
    super(message);
  }
}

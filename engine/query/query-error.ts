import type { RunCode } from '../verdicts/run-codes.js';

/** A question that cannot be answered as asked: the caller's to change, not a failure of the program. */
export class QueryError extends Error {
  override readonly name = 'QueryError';

  constructor(
    readonly code: RunCode,
    message: string,
  ) {
    super(message);
  }
}

import type { RunCode } from '../../verdicts/run-codes.js';

/** What an engine does not do: for a rule that it has no words for (BT3016), or for anybody. */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';

  constructor(
    readonly code: RunCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

import type { RunCode } from '../../verdicts/run-codes.js';

/** What an engine does not do: for a rule that it has no words for (BT3016), or for anybody. */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
  /** What the server calls its error; undefined where it did not answer, or was not asked. */
  readonly type: string | undefined;

  constructor(
    readonly code: RunCode,
    message: string,
    { type, ...options }: ErrorOptions & { readonly type?: string } = {},
  ) {
    super(message, options);
    this.type = type;
  }
}

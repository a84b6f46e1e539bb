import type { Diagnostic } from '../problems/diagnostic.js';
import type { Token } from '../text/tokens.js';

export interface Stuck {
  /** The token that does not fit. */
  readonly token: Token;
  /** The tokens of the part before it. */
  readonly before: readonly Token[];
  readonly next: Token | undefined;
  readonly ahead: readonly Token[];
}

export interface Repair {
  readonly diagnostic: Diagnostic;
  /** What to feed in the place of the token. */
  readonly feed: readonly Token[];
  /** Nothing helps: the rest of the part cannot be read. */
  readonly giveUp: boolean;
}

import type { RunCode } from '../../../verdicts/run-codes.js';

/** What is not answered by ClickHouse yet, rather than wrongly: thrown when a statement is written in its dialect. */
export class Uncovered extends Error {
  override readonly name = 'Uncovered';
  readonly code = 'BT3016' satisfies RunCode;

  constructor(readonly what: string) {
    super(`BT3016: ${what} cannot run in ClickHouse yet`);
  }
}

export function uncovered(what: string): never {
  throw new Uncovered(what);
}

import { EngineError } from '../../store/engine-error.js';

/** What is not answered by ClickHouse yet, rather than wrongly: thrown when a statement is written in its dialect. */
export class Uncovered extends EngineError {
  override readonly name = 'Uncovered';

  constructor(readonly what: string) {
    super('BT3016', `${what} cannot run in ClickHouse yet`);
  }
}

export function uncovered(what: string): never {
  throw new Uncovered(what);
}

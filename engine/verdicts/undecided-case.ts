import type { FlowValues } from './violation.js';

/** A case of a rule across traces that what is there has not decided yet. */
export interface UndecidedCase {
  readonly key: FlowValues;
  /** Of its first bound span, else of the first span of the piece; 32 lower-case hex digits. */
  readonly traceId: string;
  /** Nanoseconds: start of the first bound span, else of the piece. */
  readonly time: bigint;
  /** Index in `RulePlan.clauses`: the first that is open. */
  readonly clause: number;
}

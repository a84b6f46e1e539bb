import type { NamedValue } from '../otlp/named-value.js';

/** A window in which one series violates a rule over many traces. */
export interface WindowViolation {
  /** 32 hex digits; the same whenever the same violation is found. */
  readonly id: string;
  /** Nanoseconds since the Unix epoch. The window holds its start and not its end. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Labels of the series; empty where the rule has but one. */
  readonly labels: readonly NamedValue[];
  /** Index in `WindowRulePlan.clauses`. */
  readonly clause: number;
  /** What the clause compared. */
  readonly value: number;
  /** Some of the traces that the value came from: 32 lower-case hex digits each. */
  readonly traces: readonly string[];
}

/** Windows that start one step after the other, and why none of them was judged. */
export interface UnjudgedWindows {
  /**
   * `range`: the range of the run holds only a part of them; `series`: each has more series than a window may have; `prior`: what is stored
   * begins too late for what the rule compares with the time before them.
   */
  readonly reason: 'range' | 'series' | 'prior';
  readonly count: number;
  /** Nanoseconds since the Unix epoch: start of the first, end of the last. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

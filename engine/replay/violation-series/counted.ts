import type { ResolvedRule } from '../../language/link/resolved.js';
import type { ViolationMetrics } from '../../language/tree/ast-query.js';
import type { ResultValue } from '../../otlp/named-value.js';
import type { AllTraces, WithoutWindow } from '../../spans/traces.js';

export type ViolationSeriesOptions = WithoutWindow<AllTraces> & ViolationSeriesQuestion;

interface ViolationSeriesQuestion {
  /** Whose violations are counted. It is judged even if it is disabled. */
  readonly rule: ResolvedRule;
  readonly metrics: ViolationMetrics;
  /** Nanoseconds since the Unix epoch. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Absent for one value over the whole range. */
  readonly stepNs?: bigint;
  /** Series that are listed; default 10 000. */
  readonly maxSeries?: number;
}

/** Violations of the same kind in one interval. */
export interface CountedViolations {
  readonly interval: number;
  readonly clause: string;
  /** Of the span that they are about, or of the series. */
  readonly service?: string;
  /** The values of the fields, in the order of `by`; null where there is none. */
  readonly values: readonly ResultValue[];
  readonly count: number;
}

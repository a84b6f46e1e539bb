/** Time series, before they take the shape of any protocol. */
import type { NamedValue } from '../otlp/named-value.js';
import type { Inspected } from './search-result.js';

export interface MetricsResult {
  /** By labels. */
  readonly series: readonly Series[];
  /** How many are listed, where there were more. Those that are listed are whole. */
  readonly cutTo?: number;
  readonly inspected: Inspected;
}

export interface Series {
  /** In the order that Tempo gives them: `by (…)` first, then `p`, `__bucket` and the like; `__name__` where nothing else is. */
  readonly labels: readonly NamedValue[];
  /** Ascending in time; intervals without a value are left out. */
  readonly samples: readonly Sample[];
  readonly exemplars: readonly Exemplar[];
}

export interface Sample {
  /** Milliseconds since the Unix epoch: the right edge of the interval. */
  readonly timeMs: number;
  /** Durations in seconds. */
  readonly value: number;
}

export interface Exemplar {
  readonly traceId: string;
  readonly timeMs: number;
  readonly value: number;
  readonly labels: readonly NamedValue[];
}

import type { Placement } from './violation/span.js';

/** How long traces are waited for, and what may be held. Times in milliseconds. */
export interface LiveSettings {
  /** Quiet time after which a trace with its root and every parent is complete. */
  readonly completeAfterMs: number;
  /** Quiet time after which any trace is closed. */
  readonly quietAfterMs: number;
  /** A trace that still gets spans is judged after this long. */
  readonly maxAgeMs: number;
  /** How long a closed trace is kept for spans that come late. */
  readonly graceMs: number;
  /** How far behind the latest span another may arrive before a deadline is taken as passed. */
  readonly latenessMs: number;
  /** How long, by the clock of spans, what a case of a flow comes to may still change when it sees no more spans. */
  readonly flowGraceMs: number;
  /** Spans that are kept for rules across traces. */
  readonly mostFlowSpans: number;
  /** How long after its end, by the clock of spans, a window of a rule over many traces is judged by the spans that came … */
  readonly overEarlyMs: number;
  /** … and how long after its end, by the clock of the machine, stored blocks have them. */
  readonly overDelayMs: number;
  /** Bytes that open and kept traces may take, about. */
  readonly maxBytes: number;
  /** Traces remembered as over. */
  readonly tombstones: number;
  /** Spans judged in one go. */
  readonly batchSpans: number;
  readonly placement: Placement;
}

export const DEFAULT_LIVE_SETTINGS: LiveSettings = {
  completeAfterMs: 5_000,
  quietAfterMs: 30_000,
  maxAgeMs: 300_000,
  graceMs: 60_000,
  latenessMs: 5_000,
  flowGraceMs: 600_000,
  mostFlowSpans: 5_000_000,
  overEarlyMs: 60_000,
  overDelayMs: 2_700_000,
  maxBytes: 512 * 2 ** 20,
  tombstones: 500_000,
  batchSpans: 100_000,
  placement: 'own-trace',
};

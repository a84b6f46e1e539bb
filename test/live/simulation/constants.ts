import { DEFAULT_LIVE_SETTINGS, type LiveSettings } from '../../../engine/live/settings.js';
import type { Random } from './random.js';

/**
 * The sizes and times of the product, which a seed makes so small that every bound is reached by a few spans. What no bound may
 * do is change a verdict.
 */
export interface Constants {
  readonly live: LiveSettings;
  readonly segmentBytes: number;
  /** Of the log of spans, and of that of the outbox, which is tidied from a quarter of it on. */
  readonly maxBytes: number;
  readonly outboxBytes: number;
  readonly maxWaitingBytes: number;
  /** Violations held at a time. */
  readonly mostViolations: number;
  /** Traces for which the memory of the database is enough. */
  readonly tracesInMemory: number;
  /** What rules that are expensive may cost in one batch: the sum of the squares of its traces' spans. */
  readonly mostCost: number;
  /** The most turns that judging a batch takes. */
  readonly judgingTurns: number;
  /** The most turns after a step begins until the service does what it does every now and then. */
  readonly workTurns: number;
  /** The longest that a receiver may ask to wait, in milliseconds. */
  readonly maxWaitMs: number;
  /** Violation spans in one request. */
  readonly deliveryBatch: number;
  readonly tenants: number;
  readonly traces: number;
  /** Virtual milliseconds in which traces begin. */
  readonly beginWithinMs: number;
  /** Virtual milliseconds in which the spans of a trace come, but for those that come late. */
  readonly spreadMs: number;
  /** Whether every span comes in a request of its own. */
  readonly apart: boolean;
  /** Whether some spans come so late that their traces are over. */
  readonly tooLate: boolean;
  /** Whether some traces begin just when all others are over, many requests at a time. */
  readonly secondWave: boolean;
  /** Whether processes own the folder of the logs by a lock on a real file, as the service does: real files take real time. */
  readonly locked: boolean;
  /** How often something goes wrong. */
  readonly rough: number;
  /** Whether verdicts are counted for evidence. */
  readonly tally: boolean;
}

export function constantsOf(random: Random): Constants {
  const among = <T>(...values: readonly T[]): T => values[random.below(values.length)]!;
  return {
    live: {
      ...DEFAULT_LIVE_SETTINGS,
      completeAfterMs: 2000,
      quietAfterMs: 8000,
      maxAgeMs: among(30_000, 300_000),
      graceMs: among(5000, 5000, 20_000, 120_000),
      latenessMs: among(1000, 5000),
      maxBytes: among(8000, 20_000, DEFAULT_LIVE_SETTINGS.maxBytes, DEFAULT_LIVE_SETTINGS.maxBytes),
      tombstones: among(3, 500_000, 500_000),
      batchSpans: among(4, 20, 100_000),
      placement: among('own-trace', 'offending-trace'),
    },
    segmentBytes: among(200, 1000, 5000),
    maxBytes: 10_000_000,
    // Violations of windows are kept for a day, so that a small one may be full for good.
    outboxBytes: among(300_000, 10_000_000),
    maxWaitingBytes: 1_000_000,
    mostViolations: among(1, 2, 5, 10_000),
    tracesInMemory: among(1, 3, 1000, 1000),
    mostCost: among(9, 25, 100),
    judgingTurns: among(0, 0, 60),
    workTurns: among(0, 0, 80),
    maxWaitMs: among(20_000, 300_000),
    deliveryBatch: among(1, 3, 10, 500),
    tenants: among(1, 1, 2),
    traces: 2 + random.below(8),
    beginWithinMs: among(5000, 30_000, 60_000),
    spreadMs: among(3000, 10_000, 30_000),
    apart: random.chance(0.3),
    tooLate: random.chance(0.5),
    secondWave: random.chance(0.3),
    locked: random.chance(0.05),
    rough: among(0, 0.5, 1, 2),
    tally: random.chance(0.7),
  };
}

/** Whether there are traces enough for some that are over to be forgotten. */
export function mayForget({ live, traces, tenants }: Constants): boolean {
  return live.tombstones < traces * tenants;
}

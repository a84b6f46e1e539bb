/** Why and how long the spans of a tenant wait after a request that has to be sent again. */
export interface Hold {
  /** In a row. */
  readonly failures: number;
  /** `asked`: the receiver named a time; `failed`: it did not answer, or named none. */
  readonly reason: HoldReason;
  /** When whole requests go out again. */
  readonly until: number;
  /** When a single span tries whether they would be taken, however long the receiver asked to wait. */
  readonly probeAt: number;
}

export const HOLD_REASONS = ['asked', 'failed'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** With the time that a request may take, a receiver that is well again is found within a minute. */
const PROBE_MS = 40_000;

export interface Patience {
  /** After the n-th failure in a row, from 1; in milliseconds. */
  readonly backoffMs: (failures: number) => number;
  /** The longest that a receiver may ask for, in milliseconds. */
  readonly mostMs: number;
}

/** `askedMs`: what the receiver asks for, of which nothing is believed: it may be anything. */
export function holdAfter(
  failures: number,
  now: number,
  askedMs: number | undefined,
  { backoffMs, mostMs }: Patience,
): Hold {
  const asked = askedMs !== undefined && !Number.isNaN(askedMs);
  // No time at all would be a request after the other.
  const waitMs = asked ? Math.min(mostMs, Math.max(askedMs, backoffMs(1))) : backoffMs(failures);
  return {
    failures,
    reason: asked ? 'asked' : 'failed',
    until: now + waitMs,
    probeAt: now + Math.min(waitMs, PROBE_MS),
  };
}

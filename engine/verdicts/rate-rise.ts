import type { RateHistory, RatePart } from './rate-history.js';

/** The last change of a rule's share of violated cases, where it is one for the worse. */
export interface RateRise {
  /** Nanoseconds since the Unix epoch: when it most likely was. */
  readonly atNs: bigint;
  readonly before: RatePart;
  readonly after: RatePart;
}

/** Undefined where no change was found, or the last one made it better. */
export function lastRise(history: RateHistory | undefined): RateRise | undefined {
  const change = history?.changes.at(-1);
  const [before, after] = history?.parts.slice(-2) ?? [];
  if (change === undefined || before === undefined || after === undefined) return undefined;
  return shareOf(after) > shareOf(before) ? { atNs: change.atNs, before, after } : undefined;
}

/** From 0 to 1. */
export function shareOf({ violated, applicable }: RatePart): number {
  return violated / applicable;
}

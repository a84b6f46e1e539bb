/** What is to be judged once more over stored blocks by this process: spans that came to them late may have changed it. */
import { greatest } from '../../shared/least.js';
import type { OwnedRule } from './owned-rule.js';
import type { Reported, Room, TimeRange } from './pieces.js';

export interface RecheckPart extends TimeRange {
  /** All that was reported of it. */
  readonly reported: readonly Reported[];
  /** Whether another replica has claimed it and not said that it is in its outbox: it is not to be judged here, and may not have been reported. */
  readonly isLost?: true;
}

export interface RecheckOf extends RecheckPart {
  readonly rule: OwnedRule;
}

/** Pieces are no shorter: each is read with what is around it. */
const SHORTEST_NS = 3_600_000_000_000n;

/** How much is judged once more at once, where that is `afterNs` later. */
export function pieceLength(afterNs: bigint): bigint {
  return greatest([afterNs, SHORTEST_NS]);
}

export interface Rechecks {
  /** Nanoseconds from when it can be judged until it is judged once more. */
  readonly afterNs: bigint;
  room(tenant: string, rule: OwnedRule): Room;
  /** What was reported of the range, all of it; undefined where there was no room. To be called before it is kept that the range was judged. */
  report(tenant: string, rule: OwnedRule, range: TimeRange, reported: readonly Reported[] | undefined): void;
  /** The first that there is. `rechecked`: up to where this replica has kept that it did. */
  next(tenant: string, rule: OwnedRule, rechecked: bigint | undefined): RecheckPart | undefined;
  /** To be called when they were judged, before anything of them is reported: false where they are another's. */
  claim(tenant: string, parts: readonly RecheckOf[]): Promise<boolean>;
  /** What was found in the part survives a crash. */
  settled(tenant: string, rule: OwnedRule, part: TimeRange): void;
}

/** By which claims and marks of the second judgement are known. */
export function recheckRevision(revision: string): string {
  return `${revision} recheck`;
}

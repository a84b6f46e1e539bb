/** What a process judges once more that shares no record: what it has judged itself. */

import type { OwnedRule } from '../ownership/owned-rule.js';
import {
  type Reported,
  type Room,
  roomFor,
  type TimeRange,
  withoutRange,
  withRange,
} from '../ownership/pieces.js';
import { pieceLength, type RecheckPart, type Rechecks } from '../ownership/rechecks.js';
import type { JudgedUntil } from './judged-until.js';

export class LocalRechecks implements Rechecks {
  constructor(
    private readonly judged: JudgedUntil,
    readonly afterNs: bigint,
  ) {}

  room(tenant: string, rule: OwnedRule): Room {
    return roomFor(this.judged.piecesOf(tenant, rule), this.judged.reportedOf(tenant));
  }

  report(tenant: string, rule: OwnedRule, range: TimeRange, reported: readonly Reported[] | undefined): void {
    const pieces = this.judged.piecesOf(tenant, rule);
    this.judged.setPieces(
      tenant,
      rule,
      reported === undefined
        ? withoutRange(pieces, range)
        : withRange(pieces, range, reported, pieceLength(this.afterNs)),
    );
  }

  next(tenant: string, rule: OwnedRule, rechecked: bigint | undefined): RecheckPart | undefined {
    // The last that was judged is left out with the next save only.
    const piece = this.judged
      .piecesOf(tenant, rule)
      .find(({ until }) => rechecked === undefined || BigInt(until) !== rechecked);
    if (piece === undefined) return undefined;
    return { from: BigInt(piece.from), until: BigInt(piece.until), reported: piece.reported };
  }

  async claim(): Promise<boolean> {
    return true;
  }

  settled(tenant: string, rule: OwnedRule, part: TimeRange): void {
    this.judged.setPieces(tenant, rule, withoutRange(this.judged.piecesOf(tenant, rule), part));
  }
}

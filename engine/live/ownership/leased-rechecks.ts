/** What replicas that share a record judge once more: the owner of the tenant, whoever has judged it first. */
import { greatest, least } from '../../shared/least.js';
import { type OwnedRule, revisionOf } from './owned-rule.js';
import type { OpenClaim } from './owner-record.js';
import { countOf, isIn, overlaps, type Piece, type Room, roomFor, type TimeRange } from './pieces.js';
import { type RecheckOf, type RecheckPart, type Rechecks, recheckRevision } from './rechecks.js';
import type { TenantLease } from './tenant-lease.js';

export class LeasedRechecks implements Rechecks {
  /** `leaseOf`: undefined for a tenant that is not known yet. */
  constructor(
    private readonly leaseOf: (tenant: string) => TenantLease | undefined,
    readonly afterNs: bigint,
  ) {}

  room(tenant: string, rule: OwnedRule): Room {
    const lease = this.leaseOf(tenant);
    return roomFor(lease?.piecesOf(revisionOf(rule)) ?? [], countOf(lease?.piecesOf() ?? []));
  }

  /** It is in the claim. */
  report(): void {}

  next(tenant: string, rule: OwnedRule, rechecked: bigint | undefined): RecheckPart | undefined {
    const lease = this.leaseOf(tenant);
    if (lease === undefined) return undefined;
    const { own, others } = lease.openClaims;
    const again = recheckRevision(rule.revision);
    // What a process before has claimed is this replica's, whoever is the owner now.
    for (const { rule: id, revision, from, until, reported = [] } of own) {
      if (id !== rule.id || revision !== again) continue;
      const part = { from: BigInt(from), until: BigInt(until) };
      if (rechecked === part.until) this.settled(tenant, rule, part);
      else return { ...part, reported };
    }
    const [piece] = lease.piecesOf(revisionOf(rule));
    if (!lease.isOwner || piece === undefined) return undefined;
    const isOpen = ({ rule: id, revision, from, until }: OpenClaim): boolean =>
      id === rule.id &&
      revision === rule.revision &&
      overlaps(piece, { from: BigInt(from), until: BigInt(until) });
    // It is not known yet what of it is reported.
    if (own.some((claim) => isOpen(claim) && !lease.isSettled(claim))) return undefined;
    return partOf(
      piece,
      others.filter(isOpen).map(({ from, until }) => ({ from: BigInt(from), until: BigInt(until) })),
    );
  }

  async claim(tenant: string, parts: readonly RecheckOf[]): Promise<boolean> {
    const lease = this.leaseOf(tenant);
    const own = lease?.openClaims.own ?? [];
    const isOpen = ({ rule, from, until }: RecheckOf): boolean =>
      own.some(
        (claim) =>
          claim.rule === rule.id &&
          claim.revision === recheckRevision(rule.revision) &&
          claim.from === `${from}` &&
          claim.until === `${until}`,
      );
    const fresh = parts.filter((part) => !isOpen(part));
    if (fresh.length === 0) return true;
    return (
      (await lease?.recheck(fresh.map(({ rule, ...part }) => ({ ...revisionOf(rule), ...part })))) ?? false
    );
  }

  settled(tenant: string, { id, revision }: OwnedRule, { until }: TimeRange): void {
    this.leaseOf(tenant)?.settled({ rule: id, revision: recheckRevision(revision) }, until);
  }
}

/** The first part of a piece that is all claimed by others, who have not said that they reported it, or not at all. */
function partOf(piece: Piece, claimed: readonly TimeRange[]): RecheckPart {
  const [from, end] = [BigInt(piece.from), BigInt(piece.until)];
  const lost = claimed.find((range) => range.from <= from);
  const until =
    lost === undefined
      ? least([end, ...claimed.map((range) => range.from)])
      : least([end, greatest([lost.until, from])]);
  const range = { from, until };
  const reported = piece.reported.filter((known) => isIn(known, range));
  return { ...range, reported, ...(lost === undefined ? {} : { isLost: true }) };
}

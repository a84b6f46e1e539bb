/** What is to be judged over stored blocks by this process, of a tenant that several replicas share: windows of a rule by their ends, cases of flows by their times. */
import { type OwnedRule, revisionOf } from './owned-rule.js';
import { overlaps, type Reported, withoutRange, withRange } from './pieces.js';
import { pieceLength } from './rechecks.js';
import type { Claim, TenantLease } from './tenant-lease.js';

/** Windows that end after `until`, and at `before` or before; cases from `until` on, and before `before`: nanoseconds since the Unix epoch. */
export interface OwnRange {
  /** Undefined where nothing of the rule was judged yet. */
  readonly until: bigint | undefined;
  readonly before?: bigint;
  /** Whether no replica has said yet where the rule begins. */
  readonly isUnclaimed?: boolean;
  /** Nanoseconds since the Unix epoch: another replica has judged whatever was due by then. Only where nothing of the rule was judged here. */
  readonly dueBy?: bigint;
}

export interface RuleOwnership {
  /** `judged`: up to where this replica has judged the rule. Undefined where there is nothing for it to judge now. */
  rangeOf(tenant: string, rule: OwnedRule, judged: bigint | undefined): OwnRange | undefined;
  /** To be called when they were judged, before anything of them is reported: false where they are another's. */
  claim(tenant: string, ranges: readonly ClaimedRange[]): Promise<boolean>;
  /** What was found in them survives a crash. */
  settled(tenant: string, rule: OwnedRule, until: bigint): void;
}

export interface ClaimedRange {
  readonly rule: OwnedRule;
  /** What `rangeOf` gave. */
  readonly own: OwnRange;
  /** Up to where it had been judged before, and is now. */
  readonly from: bigint;
  readonly until: bigint;
  /** All that is reported of it, where it is to be judged once more. */
  readonly reported?: readonly Reported[] | undefined;
}

export class LeasedRules implements RuleOwnership {
  /** `leaseOf`: undefined for a tenant that is not known yet. `recheckNs`: after which time what was judged is judged once more, where it is. */
  constructor(
    private readonly leaseOf: (tenant: string) => TenantLease | undefined,
    private readonly recheckNs?: bigint,
  ) {}

  rangeOf(tenant: string, rule: OwnedRule, judged: bigint | undefined): OwnRange | undefined {
    const lease = this.leaseOf(tenant);
    if (lease === undefined) return undefined;
    const named = revisionOf(rule);
    // What a process before has claimed and not reported is this replica's to report, whoever is the owner now.
    for (const { from, until, ...claimed } of lease.openClaims.own) {
      if (claimed.rule !== named.rule || claimed.revision !== named.revision) continue;
      const isEmpty = from === until;
      if (isEmpty || (judged !== undefined && judged >= BigInt(until))) {
        lease.settled(named, BigInt(until));
        continue;
      }
      const begin = judged !== undefined && judged > BigInt(from) ? judged : BigInt(from);
      return { until: begin, before: BigInt(until) };
    }
    if (!lease.isOwner) return undefined;
    const mark = lease.markOf(named);
    return { until: mark ?? judged, isUnclaimed: mark === undefined };
  }

  async claim(tenant: string, ranges: readonly ClaimedRange[]): Promise<boolean> {
    const lease = this.leaseOf(tenant);
    const fresh = ranges.filter(({ own }) => own.before === undefined);
    const open = this.recheckNs === undefined ? [] : ranges.filter(({ own }) => own.before !== undefined);
    if (open.length > 0) {
      const claims = open.map((range) => this.claimOf(range, false));
      if (!((await lease?.restate(claims)) ?? false)) return false;
    }
    if (fresh.length === 0) return true;
    return (await lease?.claim(fresh.map((range) => this.claimOf(range, true)))) ?? false;
  }

  private claimOf({ rule, from, until, reported }: ClaimedRange, isNew: boolean): Claim {
    const { recheckNs } = this;
    const claim = { ...revisionOf(rule), from, until };
    if (recheckNs === undefined) return claim;
    const range = { from, until };
    return {
      ...claim,
      change: (pieces) => {
        // Where it was judged once more already, or has too much, nothing of it is kept.
        const isKept = isNew || pieces.some((piece) => overlaps(piece, range));
        return reported === undefined || !isKept
          ? withoutRange(pieces, range)
          : withRange(pieces, range, reported, pieceLength(recheckNs));
      },
    };
  }

  settled(tenant: string, rule: OwnedRule, until: bigint): void {
    this.leaseOf(tenant)?.settled(revisionOf(rule), until);
  }
}

/** What is known of the time before a replica became the owner. */
export interface Succession {
  /** Nanoseconds since the Unix epoch: there was an owner then, perhaps not after it. Undefined where there never was one. */
  readonly ownedAt: bigint | undefined;
}

/** An owner may be so much behind with what is due: after failures it waits ten minutes at most. */
const BEHIND_NS = 900_000_000_000n;

/**
 * One replica judges the rules of all tenants, as long as it is the owner; nobody remembers what another one has judged. So a new owner judges again whatever
 * was due shortly before there was an owner for certain: what both find has one id.
 */
export class OwnerOfAll implements RuleOwnership {
  /** Rules that another replica may have judged. */
  private readonly inherited = new Set<string>();

  /** `succession`: undefined while another replica is the owner. */
  constructor(private readonly succession: () => Succession | undefined) {}

  rangeOf(tenant: string, rule: OwnedRule, judged: bigint | undefined): OwnRange | undefined {
    const owned = this.succession();
    if (owned === undefined) {
      this.inherited.add(keyOf(tenant, rule));
      return undefined;
    }
    // One that came since then begins as it does anywhere; what was judged here is known, and may be far behind.
    const isInherited = judged === undefined && this.inherited.has(keyOf(tenant, rule));
    if (owned.ownedAt === undefined || !isInherited) return { until: judged };
    return { until: undefined, dueBy: owned.ownedAt - BEHIND_NS };
  }

  async claim(): Promise<boolean> {
    return this.succession() !== undefined;
  }

  settled(tenant: string, rule: OwnedRule): void {
    this.inherited.delete(keyOf(tenant, rule));
  }
}

function keyOf(tenant: string, { id, revision }: OwnedRule): string {
  return JSON.stringify([tenant, id, revision]);
}

/** Which windows are to be judged by this process, of those of a tenant that several replicas share. */
import type { Claim, TenantLease } from './tenant-lease.js';

export interface WindowRule {
  readonly id: string;
  readonly revision: string;
}

/** Windows that end after `until`, and at `before` or before: nanoseconds since the Unix epoch. */
export interface OwnWindows {
  /** Undefined where the rule begins with the window that ended last. */
  readonly until: bigint | undefined;
  readonly before?: bigint;
}

export interface WindowOwnership {
  /** `judged`: up to where this replica has judged the rule. Undefined where there is nothing for it to judge now. */
  windowsOf(tenant: string, rule: WindowRule, judged: bigint | undefined): OwnWindows | undefined;
  /** To be called when they were judged, before anything of them is reported: false where they are another's. */
  claim(tenant: string, windows: readonly ClaimedWindows[]): Promise<boolean>;
  /** What was found in them survives a crash. */
  settled(tenant: string, rule: WindowRule, until: bigint): void;
}

export interface ClaimedWindows {
  readonly rule: WindowRule;
  /** What `windowsOf` gave. */
  readonly own: OwnWindows;
  /** The end of the window before the first, and of the last. */
  readonly from: bigint;
  readonly until: bigint;
}

export class LeasedWindows implements WindowOwnership {
  /** `leaseOf`: undefined for a tenant that is not known yet. */
  constructor(private readonly leaseOf: (tenant: string) => TenantLease | undefined) {}

  windowsOf(tenant: string, rule: WindowRule, judged: bigint | undefined): OwnWindows | undefined {
    const lease = this.leaseOf(tenant);
    if (lease === undefined) return undefined;
    const named = revisionOf(rule);
    // What a process before has claimed and not reported is this replica's to report, whoever is the owner now.
    for (const { from, until, ...claimed } of lease.openClaims.own) {
      if (claimed.rule !== named.rule || claimed.revision !== named.revision) continue;
      if (judged !== undefined && judged >= BigInt(until)) {
        lease.settled(named, BigInt(until));
        continue;
      }
      const begin = judged !== undefined && judged > BigInt(from) ? judged : BigInt(from);
      return { until: begin, before: BigInt(until) };
    }
    if (!lease.isOwner) return undefined;
    return { until: lease.markOf(named) ?? judged };
  }

  async claim(tenant: string, windows: readonly ClaimedWindows[]): Promise<boolean> {
    const lease = this.leaseOf(tenant);
    const fresh = windows.filter(({ own }) => own.before === undefined);
    if (fresh.length === 0) return true;
    const claims = fresh.map(({ rule, from, until }): Claim => ({ ...revisionOf(rule), from, until }));
    return (await lease?.claim(claims)) ?? false;
  }

  settled(tenant: string, rule: WindowRule, until: bigint): void {
    this.leaseOf(tenant)?.settled(revisionOf(rule), until);
  }
}

function revisionOf({ id, revision }: WindowRule): { readonly rule: string; readonly revision: string } {
  return { rule: id, revision };
}

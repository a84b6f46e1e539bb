/** The leases of all tenants that this process may own. How many requests are made at once is bounded by the store. */
import type { TenantLease } from './tenant-lease.js';

export class Leases {
  private readonly leases = new Map<string, TenantLease>();

  constructor(private readonly open: (tenant: string) => TenantLease) {}

  of(tenant: string): TenantLease | undefined {
    return this.leases.get(tenant);
  }

  get all(): ReadonlyMap<string, TenantLease> {
    return this.leases;
  }

  /** Stays the owner of these tenants, or becomes it where nobody is. To be called several times in the length of a lease. */
  async renew(tenants: readonly string[]): Promise<void> {
    for (const tenant of tenants) if (!this.leases.has(tenant)) this.leases.set(tenant, this.open(tenant));
    await Promise.all([...this.leases.values()].map(async (lease) => await lease.renew()));
  }

  /** Lets others take over at once. */
  async release(): Promise<void> {
    await Promise.all([...this.leases.values()].map(async (lease) => await lease.release()));
  }
}

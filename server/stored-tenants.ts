/** The tenants of a storage that changes: new ones appear, and at first there may be none at all. */
import type { Storage } from '../engine/blocks/storage.js';
import { joinPath } from '../engine/blocks/storage.js';
import { type BlocksLayout, findTenants, type Tenant } from '../engine/blocks/tenants.js';

export class StoredTenants {
  private known: readonly Tenant[] = [];
  private layout: BlocksLayout = 'none';
  private failure: string | undefined;

  constructor(private readonly storage: Storage) {}

  /** Sorted by name. */
  get all(): readonly Tenant[] {
    return this.known;
  }

  /** Why the storage could not be listed when last tried. */
  get problem(): string | undefined {
    return this.failure;
  }

  /** Never rejects: what cannot be listed leaves what was known. */
  async refresh(): Promise<void> {
    try {
      const { layout, tenants } = await findTenants(this.storage);
      this.layout = layout;
      this.known = tenants;
      this.failure = undefined;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  /** The tenant of that name; one that has no blocks (yet) is as good as any, and empty. */
  find(name: string): Tenant {
    const found = this.known.find((tenant) => tenant.name === name);
    return found ?? { name, path: joinPath(this.layout === 'tempo' ? 'blocks' : '', name) };
  }
}

/** Where whoever asks something of stored blocks gets the list of them. */

import type { Storage } from '../storage.js';
import { type BlockList, listBlocks } from './block-list.js';
import type { BlockRange } from './block-range.js';
import type { Tenant } from './tenants.js';

export interface BlockSource {
  /**
   * The blocks of a tenant. `fresh` asks for what is there now, not for what was there a moment ago: for the successor of a
   * block that vanished. Rejects with a `StorageError` if the tenant cannot be listed at all.
   */
  list(tenant: Tenant, range: BlockRange, fresh?: boolean): Promise<BlockList>;
}

/** Knows the first list of each range, unless a fresh one is asked for: for one question, all of whose parts then have the same blocks. */
export function listedOnce(source: BlockSource): BlockSource {
  const known = new Map<string, Promise<BlockList>>();
  return {
    list: async (tenant, range, fresh = false) => {
      if (fresh) return await source.list(tenant, range, true);
      const { fromNs, toNs, marginNs } = range;
      const key = JSON.stringify([tenant.name, ...[fromNs, toNs, marginNs].map(String)]);
      const first = known.get(key) ?? source.list(tenant, range);
      known.set(key, first);
      return await first;
    },
  };
}

/** Lists anew for every question: right for a command that asks one. */
export function listingSource(storage: Storage): BlockSource {
  return { list: (tenant, range) => listBlocks(storage, tenant, range) };
}

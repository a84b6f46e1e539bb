/** Stored blocks as the engine asks them, with a cache of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';

export interface OpenStored {
  /** Of the first tenant, without a window. */
  readonly stored: StoredTraces;
  /** Removes the cache, too. */
  close(): Promise<void>;
}

export async function openStored(root: string | Storage): Promise<OpenStored> {
  const storage = typeof root === 'string' ? localStorage(root) : root;
  const { tenants } = await findTenants(storage);
  const work = mkdtempSync(join(tmpdir(), 'betrace-stored-'));
  const flatten = new FlattenPool({ storage });
  return {
    stored: {
      storage,
      tenant: tenants[0]!,
      window: {},
      flatten,
      memory: 2 ** 30,
      cache: openFlatCache({ directory: join(work, 'cache') }),
      tempDirectory: join(work, 'tmp'),
    },
    close: async () => {
      await flatten.close();
      rmSync(work, { recursive: true, force: true });
    },
  };
}

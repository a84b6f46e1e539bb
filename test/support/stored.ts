/** Stored blocks as the engine asks them, with a cache of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import { RunDatabases } from '../../engine/spans/run-databases.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';

export interface OpenStored {
  /** Of the first tenant, without a window. */
  readonly stored: StoredTraces;
  /** Removes the cache, too. */
  close(): Promise<void>;
}

/** The whole file system, whose blocks all tests of a process have flattened by the same threads: one that starts takes a second to be quick. */
const everywhere = localStorage('/');
const flatten = new FlattenPool({ storage: everywhere, workers: 1 });
/** As in the service, a question borrows the database of the one before. */
const databases = new RunDatabases();
const tempDirectory = mkdtempSync(join(tmpdir(), 'betrace-runs-'));
process.once('exit', () => rmSync(tempDirectory, { recursive: true, force: true }));

export async function openStored(root: string | Storage): Promise<OpenStored> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-stored-'));
  const shared = {
    window: {},
    databases,
    // Blocks of tests are small.
    threads: 1,
    memory: 2 ** 30,
    cache: openFlatCache({ directory: join(work, 'cache') }),
    tempDirectory,
  };
  const close = (): void => rmSync(work, { recursive: true, force: true });
  if (typeof root === 'string') {
    const { tenants } = await findTenants(localStorage(root));
    const { name, path } = tenants[0]!;
    const tenant = { name, path: join(root, path).slice(1) };
    return {
      stored: { ...shared, storage: everywhere, flatten, tenant },
      close: async () => close(),
    };
  }
  const { tenants } = await findTenants(root);
  const own = new FlattenPool({ storage: root });
  return {
    stored: { ...shared, storage: root, flatten: own, tenant: tenants[0]! },
    close: async () => {
      await own.close();
      close();
    },
  };
}

/** Which tenants a directory holds, whichever level of Tempo's storage the user pointed at. */
import { basename, resolve } from 'node:path';
import { INDEX_FILES } from './index-files.js';
import { isBlockId } from './meta.js';
import { joinPath, type Storage } from './storage.js';

export interface Tenant {
  /** The directory's name, which is the tenant's id. May hold any character but `/`: escape it on output. */
  readonly name: string;
  /** In the storage; '' when the storage's root is the tenant's directory. */
  readonly path: string;
}

/**
 * - `tenants`: the root holds a directory for each tenant, as in a bucket
 * - `tempo`: the root is Tempo's local storage, which holds them in `blocks/`
 * - `tenant`: the root is one tenant's directory
 * - `none`: no blocks were found at any of these levels
 */
export type BlocksLayout = 'tenants' | 'tempo' | 'tenant' | 'none';

export interface FoundTenants {
  readonly layout: BlocksLayout;
  /** Sorted by name. */
  readonly tenants: readonly Tenant[];
}

/**
 * A tenant is a directory that holds blocks or a tenant index; root files (`work.json`, `tempo_cluster_seed.json`) and
 * other directories (`wal`) are not. Rejects with a `StorageError`.
 */
export async function findTenants(storage: Storage): Promise<FoundTenants> {
  if (await isTenant(storage, '')) {
    return { layout: 'tenant', tenants: [{ name: basename(resolve(storage.description)), path: '' }] };
  }
  const atRoot = await tenantsUnder(storage, '');
  if (atRoot.length > 0) return { layout: 'tenants', tenants: atRoot };
  const inBlocks = await tenantsUnder(storage, 'blocks');
  if (inBlocks.length > 0) return { layout: 'tempo', tenants: inBlocks };
  return { layout: 'none', tenants: [] };
}

async function tenantsUnder(storage: Storage, prefix: string): Promise<readonly Tenant[]> {
  const tenants: Tenant[] = [];
  for (const name of (await storage.list(prefix)).directories) {
    const path = joinPath(prefix, name);
    if (await isTenant(storage, path)) tenants.push({ name, path });
  }
  return tenants;
}

async function isTenant(storage: Storage, path: string): Promise<boolean> {
  const { directories, files } = await storage.list(path);
  return directories.some(isBlockId) || files.some((name) => INDEX_FILES.includes(name));
}

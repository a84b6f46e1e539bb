/** Which tenants a directory holds, whichever level of Tempo's storage the user pointed at. */
import { basename, resolve } from 'node:path';
import { concurrently } from '../concurrently.js';
import { isBlockId } from '../meta.js';
import { joinPath, type Listing, type Storage } from '../storage.js';
import { INDEX_FILES } from './index-files.js';

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
 * other directories (`wal`) are not. `known` are names that need not be looked into again. Rejects with a `StorageError`.
 */
export async function findTenants(
  storage: Storage,
  known: ReadonlySet<string> = new Set(),
): Promise<FoundTenants> {
  const root = await storage.list('', PEEK);
  if (isTenant(root)) return { layout: 'tenant', tenants: [rootTenant(storage)] };
  const atRoot = await tenantsUnder(storage, '', root, known);
  if (atRoot.length > 0) return { layout: 'tenants', tenants: atRoot };
  const inBlocks = await tenantsUnder(storage, 'blocks', await storage.list('blocks', PEEK), known);
  if (inBlocks.length > 0) return { layout: 'tempo', tenants: inBlocks };
  return { layout: 'none', tenants: [] };
}

/** One tenant alone: no other is looked at. Undefined where there is none of that name. Rejects with a `StorageError`. */
export async function findTenant(storage: Storage, name: string): Promise<FoundTenants | undefined> {
  const [root, atRoot, inBlocks] = await Promise.all(
    ['', name, joinPath('blocks', name)].map((path) => storage.list(path, PEEK)),
  );
  if (root && isTenant(root)) {
    const own = rootTenant(storage);
    return own.name === name ? { layout: 'tenant', tenants: [own] } : undefined;
  }
  if (atRoot && isTenant(atRoot)) return { layout: 'tenants', tenants: [{ name, path: name }] };
  if (inBlocks && isTenant(inBlocks))
    return { layout: 'tempo', tenants: [{ name, path: joinPath('blocks', name) }] };
  return undefined;
}

/** Enough to see whether there are blocks: their ids come before what else a tenant's directory has. */
const PEEK = { atMost: 1000 };
const TENANTS_AT_ONCE = 16;

function rootTenant({ description }: Storage): Tenant {
  return { name: basename(resolve(description)), path: '' };
}

async function tenantsUnder(
  storage: Storage,
  prefix: string,
  peeked: Listing,
  known: ReadonlySet<string>,
): Promise<readonly Tenant[]> {
  const whole = peeked.directories.length + peeked.files.length < PEEK.atMost;
  const { directories } = whole ? peeked : await storage.list(prefix);
  const tenants: Tenant[] = [];
  await concurrently(TENANTS_AT_ONCE, directories, async (name) => {
    const path = joinPath(prefix, name);
    if (known.has(name) || isTenant(await storage.list(path, PEEK))) tenants.push({ name, path });
  });
  return tenants.sort((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
}

function isTenant({ directories, files }: Listing): boolean {
  return directories.some(isBlockId) || files.some((name) => INDEX_FILES.includes(name));
}

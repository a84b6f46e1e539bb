/** `--blocks DIR --tenant T`: the storage and the tenant that a command reads. */
import { stat } from 'node:fs/promises';
import { openStorage } from '../../engine/blocks/open-storage.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { type BlocksLayout, findTenants, type Tenant } from '../../engine/blocks/tenants.js';
import { suggest } from '../../engine/language/problems/spelling.js';
import { UsageError } from '../shared/usage-error.js';

export interface BlocksSource {
  readonly storage: Storage;
  readonly layout: BlocksLayout;
  /** Never empty. */
  readonly tenants: readonly Tenant[];
}

/** For the options of a command. */
export const BLOCKS_OPTIONS = {
  blocks: {
    type: 'string',
    value: 'DIR',
    help: "Tempo's local storage, its blocks folder, or one tenant's folder",
  },
  tenant: { type: 'string', value: 'TENANT', help: 'which tenant; needed where there are several' },
} as const;

export const LAYOUT_TEXT: Readonly<Record<BlocksLayout, string>> = {
  tempo: "Tempo's local storage",
  tenants: 'a folder of tenants',
  tenant: "one tenant's folder",
  none: 'no blocks',
};

/** Throws `UsageError` where there is nothing to read. */
export async function openBlocks(directory: string | undefined): Promise<BlocksSource> {
  if (directory === undefined) throw new UsageError('--blocks DIR is needed: where the blocks are.');
  const kind = await stat(directory).catch(() => undefined);
  if (!kind) throw new UsageError(`--blocks: "${directory}" does not exist.`);
  if (!kind.isDirectory()) throw new UsageError(`--blocks: "${directory}" is not a folder.`);
  const storage = openStorage(directory);
  const { layout, tenants } = await findTenants(storage);
  if (tenants.length > 0) return { storage, layout, tenants };
  const { files } = await storage.list('');
  throw new UsageError(
    files.includes('data.parquet')
      ? `--blocks: "${directory}" is a single block. Name the folder of its tenant, which is above it.`
      : `--blocks: "${directory}" holds no Tempo blocks: neither DIR/TENANT/BLOCK nor DIR/blocks/TENANT/BLOCK nor DIR/BLOCK.`,
  );
}

/** The tenant of that name, or the only one there is. Throws `UsageError`. */
export function chooseTenant({ tenants }: BlocksSource, name: string | undefined): Tenant {
  const names = tenants.map((tenant) => tenant.name);
  if (name === undefined) {
    const [only, ...others] = tenants;
    if (only && others.length === 0) return only;
    throw new UsageError(`--tenant is needed, as there are ${names.length}: ${listed(names)}.`);
  }
  const found = tenants.find((tenant) => tenant.name === name);
  if (found) return found;
  const guess = suggest(name, names);
  throw new UsageError(
    `--tenant: there is no tenant "${name}". ${guess ? `Did you mean "${guess}"?` : `There is ${listed(names)}.`}`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

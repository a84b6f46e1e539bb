/** `--blocks PLACE --tenant T`: the storage and the tenant that a command reads. */
import { stat } from 'node:fs/promises';
import {
  AddressError,
  type BlocksPlace,
  parsePlace,
  type RequestSettings,
} from '../../engine/blocks/buckets/place.js';
import {
  type BlocksLayout,
  findTenant,
  findTenants,
  type Tenant,
} from '../../engine/blocks/listing/tenants.js';
import { openStorage } from '../../engine/blocks/open-storage.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { suggest } from '../../engine/language/problems/spelling.js';
import type { Terminal } from '../shared/terminal.js';
import { UsageError } from '../shared/usage-error.js';

export interface BlocksSource {
  readonly place: BlocksPlace;
  readonly storage: Storage;
  readonly layout: BlocksLayout;
  /** Never empty. */
  readonly tenants: readonly Tenant[];
}

/** What a command was given of them. */
export interface BlocksOptions {
  readonly blocks?: string;
  readonly 'tempo-config'?: string;
  readonly tenant?: string;
}

export const LAYOUT_TEXT: Readonly<Record<BlocksLayout, string>> = {
  tempo: "Tempo's local storage",
  tenants: 'a folder of tenants',
  tenant: "one tenant's folder",
  none: 'no blocks',
};

/** Throws `UsageError` where there is nothing to read; rejects with a `StorageError` where a bucket cannot be read. */
export async function openBlocks(options: BlocksOptions, terminal: Terminal): Promise<BlocksSource> {
  const { place, requests } = await placeOfOptions(options, terminal);
  const option = options.blocks === undefined ? '--tempo-config' : '--blocks';
  if (place.kind === 'local') await checkFolder(option, place.directory);
  const storage = openStorage(place, requests);
  const { description } = storage;
  // With a tenant named, no other is looked at.
  const named = options.tenant === undefined ? undefined : await findTenant(storage, options.tenant);
  const { layout, tenants } = named ?? (await findTenants(storage));
  if (tenants.length > 0) return { place, storage, layout, tenants };
  const { files } = await storage.list('');
  throw new UsageError(
    files.includes('data.parquet')
      ? `${option}: "${description}" is a single block. Name the folder of its tenant, which is above it.`
      : `${option}: "${description}" holds no Tempo blocks: neither ${WHERE[place.kind].join(' nor ')}.`,
  );
}

const IN_BUCKET = ['TENANT/BLOCK', 'blocks/TENANT/BLOCK', 'BLOCK under it'];
const WHERE: Readonly<Record<BlocksPlace['kind'], readonly string[]>> = {
  local: ['DIR/TENANT/BLOCK', 'DIR/blocks/TENANT/BLOCK', 'DIR/BLOCK'],
  s3: IN_BUCKET,
  gcs: IN_BUCKET,
  azure: IN_BUCKET,
};

async function checkFolder(option: string, directory: string): Promise<void> {
  const kind = await stat(directory).catch(() => undefined);
  if (!kind) throw new UsageError(`${option}: "${directory}" does not exist.`);
  if (!kind.isDirectory()) throw new UsageError(`${option}: "${directory}" is not a folder.`);
}

interface PlaceToOpen {
  readonly place: BlocksPlace;
  readonly requests?: RequestSettings;
}

async function placeOfOptions(options: BlocksOptions, terminal: Terminal): Promise<PlaceToOpen> {
  const { blocks, 'tempo-config': tempoConfig } = options;
  if (blocks === undefined && tempoConfig === undefined)
    throw new UsageError(
      '--blocks PLACE is needed: where the blocks are, a folder or a bucket; or --tempo-config FILE.',
    );
  if (blocks !== undefined) {
    const place = parseBlocks(blocks);
    // What a bucket needs in addition to its address is configuration, which a folder need not wait for.
    if (place.kind === 'local' && tempoConfig === undefined) return { place };
  }
  const { placeFromSettings } = await import('./blocks-settings.js');
  return await placeFromSettings({ blocks, tempoConfig }, terminal);
}

function parseBlocks(text: string): BlocksPlace {
  try {
    return parsePlace(text);
  } catch (error) {
    if (error instanceof AddressError) throw new UsageError(`--blocks: "${text}" ${error.message} (BT4013).`);
    throw error;
  }
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

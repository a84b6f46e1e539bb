/** What the spans of a storage carry, with a progress bar and nothing left behind when interrupted. */
import { type BlockList, listBlocks } from '../../engine/blocks/listing/block-list.js';
import type { Tenant } from '../../engine/blocks/listing/tenants.js';
import type { BlockProblem } from '../../engine/blocks/problem.js';
import type { StoredSchema } from '../../engine/blocks/schema.js';
import type { Terminal } from '../shared/terminal.js';
import { parseTime } from '../shared/typed-values.js';
import { type BlocksOptions, chooseTenant, openBlocks } from './blocks-source.js';
import { openCache } from './cache.js';
import { startProgress } from './terminal/progress.js';
import { onInterrupt } from './terminal/signals.js';

interface Wanted extends BlocksOptions {
  readonly from?: string;
  readonly to?: string;
  readonly cache?: string;
}

export interface LoadedSchema {
  readonly tenant: Tenant;
  readonly list: BlockList;
  readonly schema: StoredSchema & { readonly unread: readonly BlockProblem[] };
  /** Blocks that could not be listed or not be read. */
  readonly unread: readonly BlockProblem[];
}

/** Loads the database and what reads blocks only now: commands that need neither begin at once. */
export async function loadStoredSchema(wanted: Wanted, terminal: Terminal): Promise<LoadedSchema> {
  const { readStoredSchema } = await import('../../engine/blocks/schema.js');
  const range = {
    ...(wanted.from !== undefined && { fromNs: parseTime('--from', wanted.from) }),
    ...(wanted.to !== undefined && { toNs: parseTime('--to', wanted.to) }),
  };
  const source = await openBlocks(wanted, terminal);
  const tenant = chooseTenant(source, wanted.tenant);
  const list = await listBlocks(source.storage, tenant, range);
  const cache = openCache(wanted.cache);
  const progress = startProgress(terminal);
  const forget = onInterrupt(() => {
    progress.clear();
    cache.removeOwnTemporariesNow();
  });
  try {
    const blocks = list.blocks.length;
    progress.update({ blocksDone: 0, blocks, spans: 0 });
    const onBlock = (blocksDone: number, spans: number) => progress.update({ blocksDone, blocks, spans });
    const schema = await readStoredSchema(source.storage, list.blocks, { cache, onBlock });
    return { tenant, list, schema, unread: [...list.unread, ...schema.unread] };
  } finally {
    progress.clear();
    forget();
  }
}

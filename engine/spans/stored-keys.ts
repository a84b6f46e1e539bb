import { byScopeAndKey } from '../blocks/block-summary.js';
import { concurrently } from '../blocks/concurrently.js';
import { listingSource } from '../blocks/listing/block-source.js';
import { blockProblemOf } from '../blocks/problem-of-error.js';
import { readAttributeKeys } from '../blocks/schema-keys.js';
import type { AttributeKey } from '../plan/schema.js';
import type { StoredTraces } from './stored-run.js';

/** Blocks whose dictionaries of names are read at once. */
const AT_ONCE = 4;

/**
 * The attributes of spans, resources, scopes, events and links that the blocks of a window may hold, by scope and key: no value is read for it. A block
 * that cannot be read adds none; reading its traces reports the problem.
 */
export async function storedAttributeKeys({
  storage,
  blocks = listingSource(storage),
  tenant,
  window,
  signal,
}: Pick<StoredTraces, 'storage' | 'blocks' | 'tenant' | 'window' | 'signal'>): Promise<
  readonly AttributeKey[]
> {
  const list = await blocks.list(tenant, window);
  const keys = new Map<string, AttributeKey>();
  await concurrently(AT_ONCE, list.blocks, async (block) => {
    signal?.throwIfAborted();
    try {
      for (const attribute of await readAttributeKeys(storage, block))
        keys.set(`${attribute.scope}\0${attribute.key}`, attribute);
    } catch (error) {
      if (blockProblemOf(block, error) === undefined) throw error;
    }
  });
  return [...keys.values()].sort(byScopeAndKey);
}

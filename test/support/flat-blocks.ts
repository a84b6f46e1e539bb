import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { flatPaths } from '../../engine/blocks/cache/cache-entry.js';
import { flattenBlock } from '../../engine/blocks/flatten/flatten.js';
import { listBlocks } from '../../engine/blocks/listing/block-list.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import type { ColumnNeeds } from '../../engine/plan/schema.js';
import type { FlatBlock } from '../../engine/sql/relations/flat.js';

/** The blocks of the first tenant of a storage, flat in folders of their own in `work`. */
export async function flatBlocks(
  root: string,
  needs: ColumnNeeds,
  work: string,
): Promise<readonly FlatBlock[]> {
  const storage = localStorage(root);
  const { tenants } = await findTenants(storage);
  const { blocks } = await listBlocks(storage, tenants[0]!);
  const flat: FlatBlock[] = [];
  for (const block of blocks)
    flat.push(await flattenBlock(storage, block, needs, flatPaths(mkdtempSync(join(work, 'block-')))));
  return flat;
}

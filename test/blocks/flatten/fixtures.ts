/** Real blocks to read: small ones lie with the tests, the others in a directory that may be absent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BlockMeta, parseMeta } from '../../../engine/blocks/meta.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SHARED = process.env.BETRACE_SHARED ?? `${ROOT}/../shared`;

export interface StoredBlock {
  readonly name: string;
  readonly storage: Storage;
  readonly meta: BlockMeta;
}

/** The blocks of a bucket by name; none when it is not on this machine. */
export function storedBlocks(name: string): readonly StoredBlock[] {
  const root = [
    `${ROOT}/test/fixtures/blocks/${name}/blocks`,
    `${SHARED}/blocks/${name}/blocks`,
    `${SHARED}/blocks/${name}`,
  ].find((path) => existsSync(`${path}/single-tenant`));
  if (!root) return [];
  const storage = localStorage(root);
  return readdirSync(`${root}/single-tenant`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name: blockId }) => {
      const text = readFileSync(`${root}/single-tenant/${blockId}/meta.json`, 'utf8');
      const place = { tenant: 'single-tenant', tenantPath: 'single-tenant', blockId };
      const result = parseMeta(text, place);
      if (result.kind === 'problem') throw new Error(result.problem.message);
      return { name: `${name}/${blockId.slice(0, 8)}`, storage, meta: result.meta };
    });
}

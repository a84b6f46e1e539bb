/** Blocks that go away between being listed and being read: compaction makes another, retention does not. */
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFlatCache } from '../../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../../engine/blocks/flatten/pool.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { replay } from '../../../engine/replay/replay.js';
import type { ReplayResult } from '../../../engine/replay/result.js';
import { loadRules } from '../../../server/rules/read-rules.js';
import { copyOfBlocks, SHOP_RULES, temporary } from './support.js';

/** The later halves of the split traces of shop-v5. */
const LATE = '4c723e5f-8db2-4b44-bfb9-e7e06ec6af8d';

/** Replays while `strike` hits at the first byte read of the block. */
async function replayWhile(strike: (tenant: string) => Promise<void>): Promise<ReplayResult> {
  const { root, tenant } = await copyOfBlocks('shop-v5');
  // The index would still list the block.
  for (const name of ['index.json.gz', 'index.pb.zst']) await rm(join(tenant, name), { force: true });
  const local = localStorage(root);
  let struck: Promise<void> | undefined;
  const before = async <T>(path: string, read: () => Promise<T>): Promise<T> => {
    if (path.endsWith(`${LATE}/data.parquet`)) {
      struck ??= strike(tenant);
      await struck;
    }
    return await read();
  };
  // Without `localPath`, workers ask this storage for every byte.
  const storage: Storage = {
    description: local.description,
    list: (prefix) => local.list(prefix),
    read: (path) => before(path, () => local.read(path)),
    readRange: (path, start, end) => before(path, () => local.readRange(path, start, end)),
    size: (path) => before(path, () => local.size(path)),
  };
  const flatten = new FlattenPool({ storage });
  try {
    return await replay({
      storage,
      flatten,
      window: {},
      memory: 2 ** 29,
      limit: 10_000,
      tenant: { name: 'single-tenant', path: 'single-tenant' },
      rules: (await loadRules([SHOP_RULES])).rules,
      cache: openFlatCache({ directory: await temporary('cache') }),
      tempDirectory: await temporary('spill'),
    });
  } finally {
    await flatten.close();
  }
}

const outcome = ({ rules }: ReplayResult) => rules.map(({ violations }) => violations.map(({ id }) => id));

test('a block that retention removed is reported, though no listing shows it any more', async () => {
  const { blocks } = await replayWhile((tenant) => rm(join(tenant, LATE), { recursive: true }));
  expect(blocks).toMatchObject({ read: 1, unread: [{ blockId: LATE, code: 'BT4003' }] });
});

test('a block that was compacted is read through its successor, and nothing is missing', async () => {
  const undisturbed = await replayWhile(async () => undefined);
  expect(undisturbed.blocks.read).toBe(2);
  const compacted = await replayWhile(compactLate);
  expect(compacted.blocks).toEqual({ ...undisturbed.blocks, read: 2, unread: [], warnings: [] });
  expect(compacted.traces).toBe(undisturbed.traces);
  expect(outcome(compacted)).toEqual(outcome(undisturbed));
});

test('spans that were read before their block was compacted, and again from the block that it became, count once', async () => {
  const undisturbed = await replayWhile(async () => undefined);
  const twice = await replayWhile(async (tenant) => {
    await compactLate(tenant);
    const [other] = (await readdir(tenant)).filter(
      (name) => name.length === 36 && !name.includes(LATE.slice(8)),
    );
    await succeed(tenant, other!);
  });
  expect(twice.blocks.read).toBe(3);
  expect([twice.traces, twice.spans]).toEqual([undisturbed.traces, undisturbed.spans]);
  expect(outcome(twice)).toEqual(outcome(undisturbed));
});

/** The late block is gone, and its successor there. */
async function compactLate(tenant: string): Promise<void> {
  await succeed(tenant, LATE);
  await rename(join(tenant, LATE, 'meta.json'), join(tenant, LATE, 'meta.compacted.json'));
  await rm(join(tenant, LATE, 'data.parquet'));
}

/** Makes the block that this one becomes by compaction. */
async function succeed(tenant: string, block: string): Promise<void> {
  const successor = `ffffffff${block.slice(8)}`;
  await cp(join(tenant, block), join(tenant, successor), { recursive: true });
  const path = join(tenant, successor, 'meta.json');
  const meta = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...meta, blockID: successor, compactionLevel: 1 }));
}

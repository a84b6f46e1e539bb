import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { listBlocks } from '../../../engine/blocks/listing/block-list.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { blockId, directoryOf, FIXTURES, metaJson } from './support.js';

const TENANT = { name: 'shop', path: 'shop' };
const HOUR = 3_600_000_000_000n;
const MIDNIGHT = 1795132800_000_000_000n;

type More = Readonly<Record<string, unknown>>;
const block = (number: number, hour = 0, more: More = {}, name = 'meta.json') => ({
  [`shop/${blockId(number)}/${name}`]: JSON.stringify(metaJson(blockId(number), hour, more)),
});
const index = (meta: readonly unknown[], compacted: readonly unknown[] = []) => ({
  'shop/index.json.gz': gzipSync(JSON.stringify({ created_at: '2026-11-20T12:00:00Z', meta, compacted })),
});
const ids = (blocks: readonly { readonly blockId: string }[]) =>
  blocks.map((b) => Number.parseInt(b.blockId, 16));

test('the listing finds the block that is younger than the index', async () => {
  const tenant = { name: 'single-tenant', path: 'blocks/single-tenant' };
  const { blocks, unread } = await listBlocks(localStorage(join(FIXTURES, 'shop-v4')), tenant);
  expect(unread).toEqual([]);
  expect(blocks.map((b) => [b.format, b.totalObjects, b.dedicatedColumns.length])).toEqual([
    ['vParquet4', 3000, 5],
    ['vParquet4', 67, 5],
  ]);
});

test('without an index the listing is enough, in order of time and id', async () => {
  const storage = localStorage(await directoryOf({ ...block(3, 0), ...block(2, 5), ...block(1, 5) }));
  const { blocks, warnings } = await listBlocks(storage, TENANT);
  expect(ids(blocks)).toEqual([3, 1, 2]);
  expect(warnings).toEqual([]);
});

test('a corrupt index is a warning and costs no block', async () => {
  const storage = localStorage(await directoryOf({ ...block(1), 'shop/index.pb.zst': 'junk' }));
  const { blocks, unread, warnings } = await listBlocks(storage, TENANT);
  expect(ids(blocks)).toEqual([1]);
  expect(unread).toEqual([]);
  expect(warnings).toMatchObject([{ code: 'BT4005' }]);
});

test('compacted blocks, half written blocks and things that are no blocks are left out', async () => {
  const files = {
    ...block(1),
    ...block(2, 0, {}, 'meta.compacted.json'),
    [`shop/${blockId(3)}/data.parquet`]: 'no meta yet',
    'shop/not-a-block/meta.json': '{}',
    ...block(4),
    ...index([metaJson(blockId(1))], [metaJson(blockId(4))]),
  };
  const { blocks, unread } = await listBlocks(localStorage(await directoryOf(files)), TENANT);
  expect(ids(blocks)).toEqual([1]);
  expect(unread).toEqual([]);
});

test('a block that was compacted after the index was written gives way to its successor', async () => {
  const files = {
    ...index([metaJson(blockId(1)), metaJson(blockId(2))]),
    ...block(1, 0, {}, 'meta.compacted.json'),
    ...block(2, 0, {}, 'meta.compacted.json'),
    ...block(3, 0, { compactionLevel: 1 }),
  };
  const { blocks, unread } = await listBlocks(localStorage(await directoryOf(files)), TENANT);
  expect(ids(blocks)).toEqual([3]);
  expect(unread).toEqual([]);
});

test('a block of the index that is gone is reported, unless a newer block covers it', async () => {
  const files = {
    ...index([metaJson(blockId(1)), metaJson(blockId(2), 5)]),
    ...block(3, 0, { compactionLevel: 1 }),
    ...block(4, 5), // of the same time, but not made by compaction
  };
  const { blocks, unread } = await listBlocks(localStorage(await directoryOf(files)), TENANT);
  expect(ids(blocks)).toEqual([3, 4]);
  expect(unread).toMatchObject([{ code: 'BT4003', blockId: blockId(2) }]);
});

test('compaction between the listing and the look at a block loses nothing', async () => {
  const root = await directoryOf({ ...block(1), ...block(2) });
  const storage = localStorage(root);
  let listings = 0;
  const racing: Storage = {
    ...storage,
    list: async (prefix) => {
      const listing = await storage.list(prefix);
      if (prefix === 'shop' && listings++ === 0) {
        const successor = await directoryOf(block(3, 0, { compactionLevel: 1 }));
        await rename(join(successor, 'shop', blockId(3)), join(root, 'shop', blockId(3)));
        for (const number of [1, 2]) {
          const directory = join(root, 'shop', blockId(number));
          await rename(join(directory, 'meta.json'), join(directory, 'meta.compacted.json'));
        }
      }
      return listing;
    },
  };
  const { blocks, unread } = await listBlocks(racing, TENANT);
  expect(ids(blocks)).toEqual([3]);
  expect(unread).toEqual([]);
});

test('a directory that vanishes in the middle and was never a known block is no problem', async () => {
  const root = await directoryOf({ ...block(1), ...block(2) });
  const storage = localStorage(root);
  const racing: Storage = {
    ...storage,
    list: async (prefix) => {
      const listing = await storage.list(prefix);
      await rm(join(root, 'shop', blockId(2)), { recursive: true, force: true });
      return listing;
    },
  };
  const { blocks, unread } = await listBlocks(racing, TENANT);
  expect([ids(blocks), unread]).toEqual([[1], []]);
});

test.each<[string, bigint, bigint, readonly number[]]>([
  ['covers all but the first', 3n * HOUR, 24n * HOUR, [1, 2]],
  ['ends, by the margin, before the last', 0n, 9n * HOUR, [0, 1]],
  ['touches the end of a block only by the margin', 12n * HOUR, 13n * HOUR, [2]],
  ['touches the start of a block only by the margin', 7n * HOUR + 1n, 9n * HOUR + 1n, [2]],
])('the time range %s', async (_, from, to, expected) => {
  const all = { ...block(0, 0), ...block(1, 5), ...block(2, 10) };
  const metas = [metaJson(blockId(0), 0), metaJson(blockId(1), 5), metaJson(blockId(2), 10)];
  const range = { fromNs: MIDNIGHT + from, toNs: MIDNIGHT + to };
  for (const files of [all, { ...all, ...index(metas) }]) {
    const { blocks, outside } = await listBlocks(localStorage(await directoryOf(files)), TENANT, range);
    expect(ids(blocks)).toEqual(expected);
    expect(outside).toBe(3 - expected.length);
  }
});

test('the margin can be set', async () => {
  const storage = localStorage(await directoryOf(block(1, 0)));
  const list = (marginNs: bigint) => listBlocks(storage, TENANT, { fromNs: MIDNIGHT + 2n * HOUR, marginNs });
  expect((await list(HOUR)).blocks).toHaveLength(1);
  expect((await list(HOUR - 1n)).blocks).toHaveLength(0);
});

test('unreadable blocks are named, and only if they may hold what is asked for', async () => {
  const files = {
    ...block(1, 0, { format: 'vParquet2' }),
    ...block(2, 10, { format: 'vParquet2' }),
    [`shop/${blockId(3)}/meta.json`]: '{"format":',
    [`shop/${blockId(4)}/meta.json/file`]: 'a directory in its place',
    ...block(5, 10),
  };
  const storage = localStorage(await directoryOf(files));
  const { blocks, unread } = await listBlocks(storage, TENANT, { fromNs: MIDNIGHT + 10n * HOUR });
  expect(ids(blocks)).toEqual([5]);
  expect(unread.map((problem) => [problem.code, Number.parseInt(problem.blockId ?? '', 16)])).toEqual([
    ['BT4002', 2],
    ['BT4001', 3],
    ['BT4004', 4],
  ]);
});

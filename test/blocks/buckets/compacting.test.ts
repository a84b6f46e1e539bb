/** A bucket that Tempo keeps writing to: nothing is lost, and nothing is read twice that need not be. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { listBlocks } from '../../../engine/blocks/listing/block-list.js';
import { BlockWatch } from '../../../engine/blocks/listing/watch.js';
import { metaJson } from '../storage/support.js';
import { MemoryStore, storageOf } from './memory-store.js';

const TENANT = { name: 'shop', path: 'shop' };
/** The first digits of the id tell in which part of a listing it comes. */
const id = (first: string, n = 0): string =>
  `${first.padEnd(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;

function put(store: MemoryStore, block: string, level = 0, hour = 0): void {
  store.put(`shop/${block}/data.parquet`, '');
  store.put(`shop/${block}/meta.json`, JSON.stringify(metaJson(block, hour, { compactionLevel: level })));
}

function compact(store: MemoryStore, block: string, hour = 0): void {
  store.put(`shop/${block}/meta.compacted.json`, JSON.stringify(metaJson(block, hour)));
  store.remove(`shop/${block}/meta.json`);
}

function putIndex(
  store: MemoryStore,
  live: readonly string[],
  compacted: readonly string[] = [],
  agoMs = 0,
): void {
  const index = {
    created_at: new Date(Date.now() - agoMs).toISOString(),
    meta: live.map((block) => metaJson(block)),
    compacted: compacted.map((block) => metaJson(block)),
  };
  store.put('shop/index.json.gz', gzipSync(JSON.stringify(index)));
}

async function ids(store: MemoryStore): Promise<readonly string[]> {
  const { blocks, unread } = await listBlocks(storageOf(store), TENANT);
  expect(unread).toEqual([]);
  return blocks.map(({ blockId }) => blockId).sort();
}

test('what was compacted while its tenant was listed is found again in its successor, in a part that had been listed before', async () => {
  const store = new MemoryStore();
  // So many that each first digit is listed by itself.
  for (let n = 0; n < 3000; n++) put(store, id((n % 16).toString(16), n));
  const [old, successor] = [id('f', 9999), id('0', 9999)];
  put(store, old);
  let done = false;
  store.before = (what) => {
    if (done || what !== 'list shop/f') return;
    done = true;
    put(store, successor, 1);
    compact(store, old);
  };
  const found = await ids(store);
  expect(done).toBe(true);
  expect(found).toContain(successor);
  expect(found).not.toContain(old);
  expect(found).toHaveLength(3001);
});

test('between the two steps of a compaction a block has both metas, and counts as compacted', async () => {
  const store = new MemoryStore();
  put(store, id('a'));
  put(store, id('b'), 1);
  store.put(`shop/${id('a')}/meta.compacted.json`, JSON.stringify(metaJson(id('a'))));
  expect(await ids(store)).toEqual([id('b')]);
});

test('a block that is still being written, or half removed, is none', async () => {
  const store = new MemoryStore();
  put(store, id('a'));
  for (const file of ['data.parquet', 'bloom-0', 'index']) store.put(`shop/${id('c')}/${file}`, '');
  store.put(`shop/${id('d')}/nocompact.flg`, '');
  expect(await ids(store)).toEqual([id('a')]);
});

describe('an index that is older than the blocks', () => {
  test('costs a request for each block that it does not know, and none for those that it does', async () => {
    const store = new MemoryStore();
    for (const block of [id('a'), id('b'), id('c'), id('d')]) put(store, block);
    put(store, id('e'), 1, 0);
    compact(store, id('c'));
    compact(store, id('d'));
    putIndex(store, [id('a'), id('b'), id('c')], [id('d')]);
    expect(await ids(store)).toEqual([id('a'), id('b'), id('e')]);
    expect(store.asked.filter((what) => what.includes('meta'))).toEqual([`get shop/${id('e')}/meta.json`]);
  });

  test('does not bring back what retention removed, and says so', async () => {
    const store = new MemoryStore();
    put(store, id('a'));
    putIndex(store, [id('a'), id('b')], [], 86_400_000);
    const { blocks, unread } = await listBlocks(storageOf(store), TENANT);
    expect(blocks.map(({ blockId }) => blockId)).toEqual([id('a')]);
    expect(unread).toMatchObject([{ code: 'BT4003', blockId: id('b') }]);
  });
});

test('a block that a fresh index knows and a late listing does not show is asked for', async () => {
  const store = new MemoryStore();
  put(store, id('a'));
  put(store, id('b'));
  putIndex(store, [id('a'), id('b')]);
  const storage = storageOf(store);
  const late = {
    ...storage,
    walk: (prefix: string, visit: (path: string) => void) =>
      storage.walk!(prefix, (path) => {
        if (!path.startsWith(id('b'))) visit(path);
      }),
  };
  const { blocks, unread } = await listBlocks(late, TENANT);
  expect([blocks.map(({ blockId }) => blockId), unread]).toEqual([[id('a'), id('b')], []]);
});

test('a service follows: new blocks, compacted ones, and none lost in between', async () => {
  const store = new MemoryStore();
  put(store, id('a'));
  const watch = new BlockWatch({ storage: storageOf(store), asked: ['shop'] });
  const known = async (): Promise<readonly string[]> =>
    (await watch.list(TENANT, {})).blocks.map(({ blockId }) => blockId).sort();
  await watch.refresh();
  expect(await known()).toEqual([id('a')]);
  put(store, id('b'));
  await watch.refresh();
  expect(await known()).toEqual([id('a'), id('b')]);
  put(store, id('c'), 1);
  compact(store, id('a'));
  compact(store, id('b'));
  await watch.refresh();
  expect(await known()).toEqual([id('c')]);
  store.forget();
  await watch.refresh();
  expect(store.asked.filter((what) => what.includes('meta'))).toEqual([]);
  // A store that fails leaves what was known.
  store.before = () => {
    throw new Error('gone');
  };
  await watch.refresh();
  expect(watch.problem).toContain('gone');
  expect(await known()).toEqual([id('c')]);
});

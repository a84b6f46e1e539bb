import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BlockWatch } from '../../../engine/blocks/listing/watch.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import { StorageError } from '../../../engine/blocks/storage.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { blockId, directoryOf, metaJson } from './support.js';

const TENANT = { name: 'shop', path: 'shop' };

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

function write(
  root: string,
  number: number,
  more: Readonly<Record<string, unknown>> = {},
  tenant = 'shop',
): void {
  const directory = join(root, tenant, blockId(number));
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'meta.json'), JSON.stringify(metaJson(blockId(number), 0, more)));
}

async function idsOf(watch: BlockWatch, fresh = false): Promise<readonly string[]> {
  const { blocks } = await watch.list(TENANT, {}, fresh);
  return blocks.map(({ blockId: id }) => id).sort();
}

/** The timer's round, which does real input and output. */
async function nextRound(watch: BlockWatch): Promise<void> {
  vi.advanceTimersByTime(6000);
  await watch.refresh();
  // The round's end sets the next timer.
  await new Promise((resolve) => setImmediate(resolve));
}

test('a new block and a new tenant are listed after the next round, without a question in between', async () => {
  const root = await directoryOf({});
  write(root, 1);
  const seen: string[] = [];
  const watch = new BlockWatch({
    storage: localStorage(root),
    onChange: (tenant, { appeared }) =>
      seen.push(...appeared.map((block) => `${tenant.name} ${block.blockId}`)),
  });
  await watch.start();
  expect(await idsOf(watch)).toEqual([blockId(1)]);
  write(root, 2);
  write(root, 7, {}, 'office');
  mkdirSync(join(root, 'shop', blockId(3))); // still being written: it has no meta.json yet
  expect(await idsOf(watch)).toEqual([blockId(1)]);
  await nextRound(watch);
  expect(await idsOf(watch)).toEqual([blockId(1), blockId(2)]);
  expect(watch.tenants.map(({ name }) => name)).toEqual(['office', 'shop']);
  write(root, 3);
  await nextRound(watch);
  expect(await idsOf(watch)).toEqual([blockId(1), blockId(2), blockId(3)]);
  expect(seen).toEqual([
    `shop ${blockId(1)}`,
    `office ${blockId(7)}`,
    `shop ${blockId(2)}`,
    `shop ${blockId(3)}`,
  ]);
  await watch.stop();
});

test('compacted and removed blocks leave the list', async () => {
  const root = await directoryOf({});
  write(root, 1);
  write(root, 2);
  const watch = new BlockWatch({ storage: localStorage(root) });
  await watch.start();
  const compacted = join(root, 'shop', blockId(1));
  renameSync(join(compacted, 'meta.json'), join(compacted, 'meta.compacted.json'));
  write(root, 3, { compactionLevel: 1 });
  rmSync(join(root, 'shop', blockId(2)), { recursive: true });
  await nextRound(watch);
  expect(await idsOf(watch)).toEqual([blockId(3)]);
  expect((await watch.list(TENANT, {})).unread).toEqual([]);
  await watch.stop();
});

test('a question that found a block gone sees at once what took its place', async () => {
  const root = await directoryOf({});
  write(root, 1);
  const watch = new BlockWatch({ storage: localStorage(root) });
  await watch.start();
  rmSync(join(root, 'shop', blockId(1)), { recursive: true });
  write(root, 2, { compactionLevel: 1 });
  expect(await idsOf(watch)).toEqual([blockId(1)]);
  expect(await idsOf(watch, true)).toEqual([blockId(2)]);
  await watch.stop();
});

test('storage that cannot be listed leaves what was known, and says so until it can', async () => {
  const root = await directoryOf({});
  write(root, 1);
  const storage = localStorage(root);
  let broken = false;
  const flaky: Storage = {
    ...storage,
    list: (prefix) =>
      broken ? Promise.reject(new StorageError('io', prefix, 'the disk is gone')) : storage.list(prefix),
  };
  const watch = new BlockWatch({ storage: flaky });
  await watch.start();
  broken = true;
  await nextRound(watch);
  expect(watch.problem).toBe('the disk is gone');
  expect(await idsOf(watch)).toEqual([blockId(1)]);
  broken = false;
  await nextRound(watch);
  expect(watch.problem).toBeUndefined();
  await watch.stop();
});

test('what keeps one tenant from being listed is no problem of another', async () => {
  const root = await directoryOf({});
  write(root, 1);
  write(root, 2, {}, 'other');
  const storage = localStorage(root);
  let broken = true;
  let lists = 0;
  const watch = new BlockWatch({
    storage: {
      ...storage,
      // The first time in a round it is only looked whether there is such a tenant.
      list: (path) =>
        broken && path === 'other' && ++lists % 2 === 0
          ? Promise.reject(new StorageError('io', path, 'the disk is gone'))
          : storage.list(path),
    },
  });
  await watch.start();
  const problem = expect.stringContaining('tenant other: ');
  expect([watch.problem, watch.problemOf('other'), watch.problemOf('shop')]).toEqual([
    problem,
    problem,
    undefined,
  ]);
  expect(watch.tenants.map(({ name }) => name)).toEqual(['shop']);
  broken = false;
  await nextRound(watch);
  expect([watch.problem, watch.problemOf('other')]).toEqual([undefined, undefined]);
  expect(watch.tenants.map(({ name }) => name)).toEqual(['other', 'shop']);
  await watch.stop();
});

test('a round in which nothing changed reads no meta.json and decodes no index', async () => {
  const root = await directoryOf({});
  for (let n = 1; n <= 5; n++) write(root, n);
  const storage = localStorage(root);
  const read: string[] = [];
  const noting: Storage = {
    ...storage,
    read: async (path, limit) => {
      const bytes = await storage.read(path, limit);
      read.push(path);
      return bytes;
    },
  };
  const watch = new BlockWatch({ storage: noting });
  await watch.start();
  expect(read).toHaveLength(5);
  await nextRound(watch);
  await nextRound(watch);
  expect(read).toHaveLength(5);
  await watch.stop();
});

test('nothing runs after stop', async () => {
  const root = await directoryOf({});
  write(root, 1);
  const watch = new BlockWatch({ storage: localStorage(root) });
  await watch.start();
  expect(vi.getTimerCount()).toBe(1);
  await watch.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(60_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(vi.getTimerCount()).toBe(0);
});

import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { listBlocks } from '../../../engine/blocks/listing/block-list.js';
import { findTenant, findTenants } from '../../../engine/blocks/listing/tenants.js';
import { BlockWatch } from '../../../engine/blocks/listing/watch.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import { metaJson } from '../storage/support.js';
import { MemoryStore, storageOf } from './memory-store.js';

const BLOCKS = 22_000;
const TENANTS = 200;
const store = new MemoryStore();
const ids = Array.from({ length: BLOCKS }, () => randomUUID());

function putBlock(tenant: string, id: string, bloomShards: number): void {
  const folder = `tempo/${tenant}/${id}`;
  store.put(`${folder}/meta.json`, JSON.stringify(metaJson(id)));
  for (const name of ['data.parquet', 'index']) store.put(`${folder}/${name}`, '');
  for (let n = 0; n < bloomShards; n++) store.put(`${folder}/bloom-${n}`, '');
}

beforeAll(() => {
  // The objects of a tenant with compacted blocks: about nine each, 200,000 in all.
  for (const [n, id] of ids.entries()) putBlock('large', id, 1 + (n % 12));
  for (let n = 1; n < TENANTS; n++)
    for (let block = 0; block < 3; block++) putBlock(`tenant-${n}`, randomUUID(), 1);
  store.put('tempo/work.json', '{}');
  store.put('tempo/tempo_cluster_seed.json', '{}');
  const index = { created_at: new Date().toISOString(), meta: ids.map((id) => metaJson(id)), compacted: [] };
  store.put('tempo/large/index.json.gz', gzipSync(JSON.stringify(index), { level: 1 }));
});

async function start(storage: Storage): Promise<number> {
  const found = await findTenant(storage, 'large');
  expect(found?.tenants).toEqual([{ name: 'large', path: 'large' }]);
  const { blocks, unread } = await listBlocks(storage, found!.tenants[0]!);
  expect(unread).toEqual([]);
  return blocks.length;
}

describe('a bucket of 22,000 blocks and 200 tenants', () => {
  test('is listed in at most 30 requests one after the other, and no block is asked for by itself', async () => {
    store.forget();
    expect(await start(storageOf(store, 'tempo'))).toBe(BLOCKS);
    expect(store.rounds).toBeLessThanOrEqual(30);
    expect(store.asked.filter((what) => what.includes('meta'))).toEqual([]);
    expect(store.asked.filter((what) => what.includes('tenant-'))).toEqual([]);
  });

  test('its tenants are found in as few', async () => {
    store.forget();
    const { tenants } = await findTenants(storageOf(store, 'tempo'));
    expect(tenants).toHaveLength(TENANTS);
    expect(store.rounds).toBeLessThanOrEqual(30);
  });

  test('a service lists the tenants that were asked for and no others, and reads the index again only where it changed', async () => {
    const watch = new BlockWatch({ storage: storageOf(store, 'tempo'), asked: ['tenant-7'] });
    await watch.refresh();
    expect(watch.tenants).toHaveLength(TENANTS);
    store.forget();
    await watch.refresh();
    expect(store.asked.sort()).toEqual([
      'get tempo/tenant-7/index.json.gz',
      'get tempo/tenant-7/index.pb.zst',
      'list tempo/',
      'list tempo/tenant-7/',
    ]);
    const bytes = (): number => storage.traffic?.bytes ?? 0;
    const storage = storageOf(store, 'tempo');
    const large = new BlockWatch({ storage, asked: ['large'] });
    await large.refresh();
    const before = bytes();
    expect(before).toBeGreaterThan(100_000);
    await large.refresh();
    expect(bytes()).toBe(before);
    expect((await large.list({ name: 'large', path: 'large' }, {})).blocks).toHaveLength(BLOCKS);
  });
});

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findTenants } from '../../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { blockId, directoryOf, FIXTURES } from './support.js';

const FILES = {
  'work.json': '{}',
  'tempo_cluster_seed.json': '{}',
  [`shop/${blockId(1)}/meta.json`]: '{}',
  [`blocks/${blockId(2)}/meta.json`]: '{}',
  'only-an-index/index.json.gz': '',
  'wal/something/file': '',
};

test('a parent of tenants', async () => {
  expect(await findTenants(localStorage(await directoryOf(FILES)))).toEqual({
    layout: 'tenants',
    tenants: [
      { name: 'blocks', path: 'blocks' }, // a tenant may be called so: it holds blocks itself
      { name: 'only-an-index', path: 'only-an-index' },
      { name: 'shop', path: 'shop' },
    ],
  });
});

test("Tempo's local storage, its blocks, and one tenant of them", async () => {
  const tempo = join(FIXTURES, 'shop-v5');
  const tenants = (path: string) => [{ name: 'single-tenant', path }];
  expect(await findTenants(localStorage(tempo))).toEqual({
    layout: 'tempo',
    tenants: tenants('blocks/single-tenant'),
  });
  expect(await findTenants(localStorage(join(tempo, 'blocks')))).toEqual({
    layout: 'tenants',
    tenants: tenants('single-tenant'),
  });
  expect(await findTenants(localStorage(join(tempo, 'blocks', 'single-tenant')))).toEqual({
    layout: 'tenant',
    tenants: tenants(''),
  });
});

test('nothing', async () => {
  const nothing = { layout: 'none', tenants: [] };
  expect(await findTenants(localStorage(await directoryOf({ 'a/b/c': '' })))).toEqual(nothing);
  expect(await findTenants(localStorage(join(await directoryOf({}), 'missing')))).toEqual(nothing);
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFlatCache } from '../../../engine/blocks/cache/cache.js';
import { listBlocks } from '../../../engine/blocks/listing/block-list.js';
import { fieldCatalogue, readStoredSchema, typeNames } from '../../../engine/blocks/schema.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { plainSql } from '../../support/plain-sql.js';
import { blockId, blockMeta, directoryOf, FIXTURES } from './support.js';

const TENANT = { name: 'single-tenant', path: 'blocks/single-tenant' };

async function schemaOf(name: string) {
  const storage = localStorage(join(FIXTURES, name));
  const { blocks } = await listBlocks(storage, TENANT);
  const cache = openFlatCache({ directory: await directoryOf({}) });
  return await readStoredSchema(storage, blocks, { cache });
}

/** Counts of span attributes outside dedicated columns, by DuckDB's own reading of the nested file. */
async function nestedCounts(name: string): Promise<ReadonlyMap<string, number>> {
  const tenant = join(FIXTURES, name, 'blocks', 'single-tenant');
  const files = readdirSync(tenant)
    .filter((entry) => entry.includes('-'))
    .map((entry) => join(tenant, entry, 'data.parquet'));
  const database = await Database.open({});
  const rows = await database.rows(
    plainSql(`
    WITH r AS (SELECT unnest(rs) r FROM read_parquet(['${files.join("','")}'])),
      s AS (SELECT unnest(r.ss) s FROM r),
      p AS (SELECT unnest(s.Spans) p FROM s),
      a AS (SELECT unnest(p.Attrs) a FROM p)
    SELECT a.Key, count(*) FROM a
    WHERE len(a.Value) > 0 OR len(a.ValueInt) > 0 OR len(a.ValueDouble) > 0 OR len(a.ValueBool) > 0 OR a.IsArray
    GROUP BY ALL`),
  );
  database.close();
  return new Map(rows.map(([key, count]) => [String(key), Number(count)]));
}

test.each(['shop-v5', 'shop-v4', 'conf-v5'])(
  'attributes of %s are counted as in the nested file',
  async (name) => {
    const storage = localStorage(join(FIXTURES, name));
    const { blocks } = await listBlocks(storage, TENANT);
    const apart = new Set([
      ...blocks.flatMap(({ dedicatedColumns }) => dedicatedColumns.map((column) => column.name)),
      'http.method',
      'http.url',
      'http.status_code',
    ]);
    const { attributes, unread } = await schemaOf(name);
    const counted = attributes
      .filter(({ scope, key }) => scope === 'span' && !apart.has(key))
      .map(({ key, count }) => [key, count] as const);
    const expected = [...(await nestedCounts(name))].filter(([key]) => !apart.has(key));
    expect(new Map(counted)).toEqual(new Map(expected));
    expect(unread).toEqual([]);
    const spans = attributes.find(({ scope, key }) => scope === 'resource' && key === 'service.name');
    expect(spans?.count).toBeGreaterThan(0);
  },
);

test('the catalogue for the checker has every attribute with its types', async () => {
  const schema = await schemaOf('conf-v5');
  const { attributes } = schema;
  const { attributes: catalogue } = fieldCatalogue(schema);
  expect(catalogue.get('resource')?.get('service.name')).toMatchObject({
    types: ['string'],
    acrossTraces: false,
  });
  expect(catalogue.get('event')?.size).toBeGreaterThan(0);
  const total = [...catalogue.values()].reduce((sum, keys) => sum + keys.size, 0);
  expect(total).toBe(attributes.length);
  for (const attribute of attributes) expect(typeNames(attribute).length).toBeGreaterThan(0);
});

test('all names of spans are known to the checker, more than are frequent, so that a misspelt one is reported', async () => {
  const catalogue = fieldCatalogue(await schemaOf('shop-v5'));
  expect(catalogue.spanNames?.length).toBeGreaterThan(20);
  const text = 'rule r { never { name = "checkout.plac_order" } }';
  const { files } = loadWorkspace(new Map([['a.betrace', text]]), undefined, { catalogue });
  expect(files.get('a.betrace')?.diagnostics).toMatchObject([
    {
      code: 'BT2503',
      message: 'No stored span has "checkout.plac_order" as `name`; did you mean "checkout.place_order"?',
    },
  ]);
});

test('keys of what spans traces are distinguished from others', async () => {
  const { attributes } = await schemaOf('flow-v5');
  const across = attributes.filter(({ acrossTraces }) => acrossTraces).map(({ key }) => key);
  expect(across.sort()).toEqual([
    'gen_ai.conversation.id',
    'messaging.message.id',
    'order.id',
    'session.id',
    'subject.id',
    'user.name',
  ]);
  expect(attributes.map(({ key }) => key)).toEqual(expect.arrayContaining(['tenant.id', 'idempotency.key']));
});

test('blocks that cannot be read are named and the others counted', async () => {
  const storage = localStorage(
    await directoryOf({ 'foreign.parquet': 'no parquet at all, but long enough for one' }),
  );
  const blocks = [
    blockMeta({ blockId: blockId(1), dataPath: 'gone.parquet' }),
    blockMeta({ blockId: blockId(2), dataPath: 'foreign.parquet' }),
  ];
  const done: number[] = [];
  const cache = openFlatCache({ directory: await directoryOf({}) });
  const { unread, attributes } = await readStoredSchema(storage, blocks, {
    cache,
    onBlock: (n) => done.push(n),
  });
  expect(unread.map(({ code, blockId: id }) => [code, id])).toEqual([
    ['BT4003', blockId(1)],
    ['BT4010', blockId(2)],
  ]);
  expect([attributes, done]).toEqual([[], [1, 2]]);
});

test('an aborted run stops', async () => {
  const storage = localStorage(join(FIXTURES, 'conf-v5'));
  const { blocks } = await listBlocks(storage, TENANT);
  const cache = openFlatCache({ directory: await directoryOf({}) });
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(readStoredSchema(storage, blocks, { cache, signal })).rejects.toThrow('enough');
});

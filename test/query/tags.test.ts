import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { openFlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import { listingSource } from '../../engine/blocks/listing/block-source.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import { TRUE } from '../../engine/plan/expression.js';
import { BlockValues } from '../../engine/query/block-values.js';
import { SchemaCatalogue } from '../../engine/query/catalogue.js';
import { lenientFilter } from '../../engine/query/lenient-filter.js';
import { listTagValues, type TagValuesOptions } from '../../engine/query/tag-values.js';
import { listTags, type TagsOptions } from '../../engine/query/tags.js';
import { RunDatabases } from '../../engine/spans/run-databases.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { directoryOf, FIXTURES } from '../blocks/storage/support.js';
import { plainSql } from '../support/plain-sql.js';

const TENANT = { name: 'single-tenant', path: 'blocks/single-tenant' };
const storage = localStorage(join(FIXTURES, 'conf-v5'));
const flatten = new FlattenPool({ storage });
afterAll(() => flatten.close());

async function asking(): Promise<StoredTraces & Pick<TagsOptions & TagValuesOptions, 'limit' | 'maxBytes'>> {
  const directory = await directoryOf({});
  const cache = openFlatCache({ directory: join(directory, 'cache') });
  const [limit, maxBytes] = [10_000, 1_000_000];
  return {
    storage,
    tenant: TENANT,
    window: {},
    cache,
    flatten,
    limit,
    maxBytes,
    memory: 2 ** 29,
    tempDirectory: join(directory, 'tmp'),
  };
}

/** DuckDB's own reading of the nested file, over the spans `s` with their resource `r`. */
async function nested(select: string): Promise<readonly (readonly unknown[])[]> {
  const database = await Database.open();
  const file = join(FIXTURES, 'conf-v5', TENANT.path, '3f405dc2-1a2f-430e-b522-de64d72804b1/data.parquet');
  const rows = await database.rows(
    plainSql(`WITH a AS (SELECT unnest(rs) r FROM read_parquet('${file}')),
    b AS (SELECT r, unnest(r.ss) ss FROM a), c AS (SELECT r, unnest(ss.Spans) s FROM b) ${select}`),
  );
  database.close();
  return rows;
}

test('values of a tag are counted as in the nested file, the most frequent first', async () => {
  const { values } = await listTagValues({ ...(await asking()), tag: 'resource.service.name' });
  const expected = await nested(
    `SELECT 'string', r.Resource.ServiceName AS v, count(*)::INTEGER AS n FROM c WHERE v <> '' GROUP BY v ORDER BY n DESC, v`,
  );
  expect(values.map(({ type, value, count }) => [type, value, count])).toEqual(expected);
});

describe('what is known of blocks', () => {
  const flows = { storage: localStorage(join(FIXTURES, 'flow-v5')), tenant: TENANT };
  const pool = new FlattenPool(flows);
  const databases = new RunDatabases();
  afterAll(async () => {
    await pool.close();
    await databases.close();
  });
  const asked = async () => ({ ...(await asking()), ...flows, flatten: pool });
  const blind: Storage = { ...flows.storage, readRange: () => Promise.reject(new Error('read')) };

  test('answers as all spans do, and reads nothing a second time', async () => {
    const options = await asked();
    const known = new BlockValues(databases);
    const { scopes } = await listTags(options);
    const tags = scopes
      .filter(({ scope }) => scope !== 'intrinsic')
      .flatMap(({ scope, tags: named }) => named.map(({ name }) => `${scope}.${name}`));
    expect(tags.length).toBeGreaterThan(10);
    const some = tags.filter((_, index) => index % 4 === 0);
    for (const tag of [...some, 'event.exception.type', 'name', 'span.no.such.thing']) {
      const { values } = await listTagValues({ ...options, tag });
      const first = await listTagValues({ ...options, tag, known });
      expect([tag, first.values]).toEqual([tag, values]);
      const second = await listTagValues({
        ...options,
        storage: blind,
        blocks: listingSource(flows.storage),
        tag,
        known,
      });
      expect(second).toEqual(first);
    }
  });

  test('is not read of blocks that reach out of the window', async () => {
    const options = await asked();
    const known = new BlockValues(databases);
    const { blocks } = await listingSource(flows.storage).list(TENANT, {});
    const times = blocks.flatMap(({ startNs, endNs }) => [startNs, (startNs + endNs) / 2n]);
    const windows = times.flatMap((fromNs) =>
      times.map((toNs) => ({ fromNs, toNs, holds: 'overlaps' }) as const),
    );
    for (const window of windows.filter(({ fromNs, toNs }) => fromNs < toNs)) {
      const tag = 'name';
      const { values } = await listTagValues({ ...options, tag, window });
      expect((await listTagValues({ ...options, tag, window, known })).values).toEqual(values);
    }
  });

  test('is not kept of attributes with too many values, whose values all spans are asked for', async () => {
    const options = { ...(await asked()), tag: 'span.order.id', limit: 3 };
    const few = await listTagValues({ ...options, known: new BlockValues(databases, { mostValues: 10 }) });
    expect(few).toEqual(await listTagValues(options));
    expect(few.truncated).toBe(true);
  });

  test('does not hide a block that cannot be read', async () => {
    const options = await asked();
    const { blocks } = await listingSource(flows.storage).list(TENANT, {});
    const directory = mkdtempSync(join(tmpdir(), 'betrace-broken-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    cpSync(join(FIXTURES, 'flow-v5'), directory, { recursive: true });
    truncateSync(join(directory, TENANT.path, blocks[0]!.blockId, 'data.parquet'), 1000);
    const broken = localStorage(directory);
    const own = new FlattenPool({ storage: broken });
    const answer = await listTagValues({
      ...options,
      storage: broken,
      flatten: own,
      tag: 'name',
      known: new BlockValues(databases),
    });
    await own.close();
    expect(answer.inspected.unread.map(({ blockId }) => blockId)).toEqual([blocks[0]!.blockId]);
    expect(answer.values.length).toBeGreaterThan(0);
  });
});

test('a half-typed query restricts by what is finished in it', async () => {
  const { values } = await listTagValues({
    ...(await asking()),
    tag: 'name',
    query: '{ resource.service.name = "checkout" && span.',
  });
  const expected = await nested(
    `SELECT s.Name AS v, count(*)::INTEGER AS n FROM c WHERE r.Resource.ServiceName = 'checkout' GROUP BY v ORDER BY n DESC, v`,
  );
  expect(expected.length).toBeGreaterThan(0);
  expect(values.map(({ value, count }) => [value, count])).toEqual(expected);
});

test('limits cut the least frequent off and say so', async () => {
  const options = await asking();
  const all = await listTagValues({ ...options, tag: 'name' });
  const few = await listTagValues({ ...options, tag: 'name', limit: 3 });
  expect(all.truncated).toBe(false);
  expect(few).toMatchObject({ truncated: true, values: all.values.slice(0, 3) });
  const short = await listTagValues({ ...options, tag: 'name', maxBytes: all.values[0]!.value.length });
  expect(short).toMatchObject({ truncated: true, values: all.values.slice(0, 1) });
});

test('a tag has the types of its values; status and kind offer their keywords, times nothing', async () => {
  const options = await asking();
  const typesOf = async (tag: string) => {
    const { values } = await listTagValues({ ...options, tag });
    return [...new Set(values.map(({ type }) => type))];
  };
  expect(await typesOf('span.http.response.status_code')).toEqual(['int']);
  expect(await typesOf('span.amount')).toContain('float');
  expect(await typesOf('event:name')).toEqual(['string']);
  expect(await typesOf('status')).toEqual(['keyword']);
  expect(await typesOf('duration')).toEqual([]);
  expect(await typesOf('no.such.thing')).toEqual([]);
});

test('tags are listed by scope, and by what the spans of a query carry', async () => {
  const options = await asking();
  const { scopes } = await listTags(options);
  expect(scopes.map(({ scope }) => scope).slice(0, 2)).toEqual(['resource', 'span']);
  expect(scopes.at(-1)?.scope).toBe('intrinsic');
  const carried = await listTags({
    ...options,
    scope: 'span',
    query: '{ name = "payment.charge_card" } | count() > ',
  });
  const expected =
    await nested(`, d AS (SELECT unnest(s.Attrs).Key AS k FROM c WHERE s.Name = 'payment.charge_card')
    SELECT k, count(*)::INTEGER AS n FROM d GROUP BY k ORDER BY n DESC, k`);
  const found = new Map(carried.scopes[0]?.tags.map(({ name, count }) => [name, count]));
  expect(expected.length).toBeGreaterThan(0);
  for (const [key, count] of expected) expect([key, found.get(String(key))]).toEqual([key, count]);
});

test.each([
  '',
  '{',
  '{ .a',
  '{ .a = }',
  '{ duration > }',
  'garbage',
  '{ .a = "x',
  '{ .a =~ "(" }',
  '{ } || { .a = 1 }',
])('of %j nothing is held against a span', (text) => {
  expect(lenientFilter(text)).toEqual(TRUE);
});

test('what is finished counts, what is not or cannot be true restricts nothing', () => {
  const whole = lenientFilter('{ .a = "x" }');
  for (const text of [
    '{ .a = "x" && }',
    '{ .a = "x" && .b = } | rate()',
    '{ .a = "x" && (.b = 1 || .c = ) }',
    '{ .a = "x" && name > 5 }',
    '{ .a = "x" && .b =~ "(" ',
  ])
    expect(lenientFilter(text)).toEqual(whole);
});

test('the catalogue completes from memory, adds blocks and forgets those that are gone', async () => {
  const { cache } = await asking();
  const { blocks } = await listingSource(storage).list(TENANT, {});
  const catalogue = new SchemaCatalogue({ storage, cache, flatten });
  await catalogue.update(blocks);
  expect(catalogue.blocks).toBe(1);
  const [first] = catalogue.attributes({ scope: 'span', prefix: 'HTTP.', limit: 1 });
  expect(first?.key.startsWith('http.')).toBe(true);
  expect(first?.share).toBeGreaterThan(0);
  const [[name, count] = []] = await nested(
    'SELECT s.Name AS v, count(*)::INTEGER AS n FROM c GROUP BY v ORDER BY n DESC, v LIMIT 1',
  );
  expect(catalogue.spanNames()[0]).toEqual({ text: name, type: 's', count });
  expect(catalogue.services('check').map(({ text }) => text)).toEqual(['checkout']);

  // Another one on the same cache reads nothing from the block.
  const again = new SchemaCatalogue({
    storage: { ...storage, readRange: () => Promise.reject(new Error('read')) },
    cache,
    flatten,
  });
  await again.update(blocks);
  expect(again.attributes()).toEqual(catalogue.attributes());
  await catalogue.update([]);
  expect(catalogue.attributes()).toEqual([]);
});

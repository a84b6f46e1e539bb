import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { blockId, directoryOf, metaJson } from '../../blocks/storage/support.js';
import { correctChecksums } from '../../support/checksums.js';
import { betrace, FIXTURES, runHere, startBetrace } from './support.js';

const SHOP = join(FIXTURES, 'shop-v5');

test('betrace blocks describes each block', async () => {
  const { code, out, err } = await betrace(['blocks', '--blocks', SHOP]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain("shop-v5: Tempo's local storage\n");
  expect(out).toContain('tenant single-tenant: 2 blocks, 3,070 trace rows, 2.7 MB\n');
  expect(out).toMatch(
    /ae53a334-\S+ +vParquet5 +2026-11-20T00:00:00Z +2026-11-20T23:59:32Z +3,000 +2\.6 MB +1 +0 +14\n/,
  );
  expect(out).toMatch(
    /dedicated columns of 2 blocks: resource\.k8s\.cluster\.name, .*span\.http\.response\.status_code \(int\)/,
  );
  expect(out).not.toContain('\u001b');
});

test('betrace blocks says the same as JSON', async () => {
  const { code, out } = await betrace([
    'blocks',
    '--blocks',
    join(SHOP, 'blocks', 'single-tenant'),
    '--format',
    'json',
  ]);
  expect(code).toBe(0);
  const json = JSON.parse(out) as { tenants: { tenant: string; blocks: object[]; unread: object[] }[] };
  expect(json).toMatchObject({
    layout: 'tenant',
    tenants: [{ tenant: 'single-tenant', unread: [], warnings: [] }],
  });
  expect(json.tenants[0]?.blocks[0]).toMatchObject({
    blockId: 'ae53a334-9a73-4679-8117-0956f9c2bce4',
    format: 'vParquet5',
    start: '2026-11-20T00:00:00Z',
    end: '2026-11-20T23:59:32Z',
    totalObjects: 3000,
    totalRecords: 1,
    dataPath: 'ae53a334-9a73-4679-8117-0956f9c2bce4/data.parquet',
  });
});

const HOSTILE = 'evil\u001b]0;owned\u0007\nrow';

test('what cannot be read is named, and exit code 3 says that something is missing', async () => {
  const root = await directoryOf({
    [`${HOSTILE}/${blockId(1)}/meta.json`]: JSON.stringify(metaJson('', 0, { format: '\u001b[2Jv9' })),
    [`${HOSTILE}/${blockId(2)}/meta.json`]: JSON.stringify(
      metaJson('', 0, { dedicatedColumns: [{ n: 'a\u009b31m' }, { n: '\u202e', o: ['\u001bc'] }] }),
    ),
    'other/index.pb.zst': 'junk',
  });
  const text = await betrace(['blocks', '--blocks', root]);
  expect(text.code).toBe(3);
  expect(text.out).toContain('tenant evil\\u001b]0;owned\\u0007\\nrow: 1 block');
  expect(text.out).toContain(
    `unread BT4002: block ${blockId(1)}: the block format "\\u001b[2Jv9" is not supported`,
  );
  expect(text.out).toContain('span.a\\u009b31m, span.\\u202e (\\u001bc)');
  expect(text.out).toContain('warning BT4005: the tenant index index.pb.zst cannot be read');
  expect(text.out).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
  const json = await betrace(['blocks', '--blocks', root, '--tenant', HOSTILE, '--format', 'json']);
  expect(json.out).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
  expect(JSON.parse(json.out)).toMatchObject({
    tenants: [{ tenant: HOSTILE, unread: [{ code: 'BT4002' }] }],
  });
});

test('a block that is a link out of the storage is not followed', async () => {
  const root = await directoryOf({ [`in/shop/${blockId(1)}/meta.json`]: JSON.stringify(metaJson('')) });
  await cp(join(root, 'in', 'shop', blockId(1)), join(root, 'secret'), { recursive: true });
  await symlink(join(root, 'secret'), join(root, 'in', 'shop', blockId(2)));
  const { code, out } = await betrace(['blocks', '--blocks', join(root, 'in')]);
  expect(code).toBe(3);
  expect(out).toContain(
    `unread BT4004: block ${blockId(2)}: meta.json is a link that leads out of the storage root`,
  );
});

test.each<[string, (root: string) => readonly string[], RegExp]>([
  ['a folder that does not exist', (root) => ['--blocks', join(root, 'none')], /does not exist/],
  ['a file', (root) => ['--blocks', join(root, 'file')], /is not a folder/],
  ['a folder without blocks', (root) => ['--blocks', join(root, 'empty')], /holds no Tempo blocks/],
  [
    'a single block',
    (root) => ['--blocks', join(root, 'shop', blockId(1))],
    /is a single block\. Name the folder/,
  ],
  ['an unknown tenant', (root) => ['--blocks', root, '--tenant', 'shpo'], /Did you mean "shop"\?/],
  ['an unknown format', (root) => ['--blocks', root, '--format', 'xml'], /"xml" is not one of text, json/],
])('%s is a usage error', async (_, args, message) => {
  const root = await directoryOf({
    [`shop/${blockId(1)}/meta.json`]: '{}',
    [`shop/${blockId(1)}/data.parquet`]: '',
    file: '',
  });
  await mkdir(join(root, 'empty'));
  const { code, out, err } = await runHere('blocks', ...args(root));
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(message);
});

test('betrace schema lists attributes with types, counts and examples, and reads nothing twice', async () => {
  const cache = await directoryOf({});
  const args = ['schema', '--blocks', SHOP, '--format', 'json'];
  const { code, out, err } = await betrace(args, { env: { BETRACE_CACHE: cache } });
  expect([code, err]).toEqual([0, '']);
  const schema = JSON.parse(out) as { spans: number; attributes: { scope: string; key: string }[] };
  const find = (scope: string, key: string) =>
    schema.attributes.find((a) => a.scope === scope && a.key === key);
  expect(schema).toMatchObject({ tenant: 'single-tenant', blocks: 2, spans: 28786, unread: [] });
  expect(find('resource', 'service.name')).toMatchObject({ types: ['string'], count: 28786 });
  expect(find('span', 'cache.hit')).toMatchObject({ types: ['bool'], examples: ['true', 'false'] });
  expect(find('span', 'mixed.type')).toMatchObject({ types: ['string', 'int', 'float', 'bool'] });
  expect(find('span', 'list.str')).toMatchObject({ types: ['string'], examples: ['a', 'b', 'c'] });
  expect(find('span', 'quoted "key"')).toMatchObject({ examples: ['a"b\\c'] });
  expect(find('event', 'exception.type')).toMatchObject({ count: 13 });
  // A dedicated column in this version, an attribute of another type in the list.
  expect(find('span', 'http.response.status_code')).toMatchObject({ types: ['int'] });
  // The other version of the block format, with the same workload, has the same attributes.
  const v4 = await betrace([
    'schema',
    '--blocks',
    join(FIXTURES, 'shop-v4'),
    '--format',
    'json',
    '--cache',
    cache,
  ]);
  const names = (text: string) =>
    (JSON.parse(text) as typeof schema).attributes.map(({ scope, key }) => `${scope}.${key}`).sort();
  expect(names(v4.out)).toEqual(names(out));
  // A block was counted once and never changes, so the same blocks elsewhere are not read at all.
  const copy = await directoryOf({});
  await cp(SHOP, copy, { recursive: true });
  const data = join(copy, 'blocks', 'single-tenant', 'ae53a334-9a73-4679-8117-0956f9c2bce4', 'data.parquet');
  expect((await betrace(['schema', '--blocks', copy, '--format', 'json', '--cache', cache])).out).toBe(out);
  await truncate(data, 1000);
  expect((await betrace(['schema', '--blocks', copy, '--format', 'json', '--cache', cache])).out).toBe(out);
  const empty = await directoryOf({});
  const cut = await betrace(['schema', '--blocks', copy, '--limit', '1', '--cache', empty]);
  expect(cut.code).toBe(3);
  expect(cut.out).toMatch(/1 of \d+ attributes in 1 block, [\d,]+ spans\nunread BT4010: block ae53a334-/);
});

test('attribute names and values cannot act on the terminal', async () => {
  const root = await directoryOf({});
  await cp(join(FIXTURES, 'conf-v5', 'blocks'), root, { recursive: true });
  const data = join(root, 'single-tenant', '3f405dc2-1a2f-430e-b522-de64d72804b1', 'data.parquet');
  const bytes = await readFile(data);
  // Texts stand as they are in the pages' dictionaries, so others of the same length can take their places.
  for (const [text, hostile] of [
    ['okhttp/4.12', '\u001b]0;own\u0007xxx'],
    ['empty.string', '\u001b[2Jevil.key'],
  ] as const) {
    expect(hostile.length).toBe(text.length);
    expect(bytes.indexOf(text)).toBeGreaterThan(0);
    for (let offset = bytes.indexOf(text); offset >= 0; offset = bytes.indexOf(text, offset))
      bytes.write(hostile, offset, 'latin1');
  }
  correctChecksums(bytes);
  await writeFile(data, bytes);
  const cache = await directoryOf({});
  for (const format of ['text', 'json']) {
    const { code, out } = await runHere('schema', '--blocks', root, '--cache', cache, '--format', format);
    expect(code).toBe(0);
    if (format === 'json') expect(out).toContain('\\u001b]0;own\\u0007xx'); // the table has no room for it
    expect(out).toContain('\\u001b[2Jevil.key');
    expect(out).not.toMatch(/(?!\n)\p{Cc}/u);
  }
});

test.each(['schema', 'replay'])(
  '%s says which option names another cache where one cannot be written',
  async (command) => {
    const root = await directoryOf({ file: '', 'a.betrace': 'rule a { never { name = "a" } }' });
    const rules = command === 'replay' ? [join(root, 'a.betrace')] : [];
    const { code, err } = await runHere(command, ...rules, '--blocks', SHOP, '--cache', join(root, 'file'));
    expect(code).toBe(2);
    expect(err).toMatch(
      /^betrace \w+: ".*file" cannot hold the cache of flat blocks \(E[A-Z]+\): .* --cache\.\n/,
    );
  },
);

test('a time range leaves blocks out, with a margin', async () => {
  const cache = await directoryOf({});
  const schema = (from: string) => betrace(['schema', '--blocks', SHOP, '--from', from, '--cache', cache]);
  expect((await schema('2026-11-21T00:30:00Z')).out).toContain('in 2 blocks');
  expect((await schema('2026-11-21T00:55:00Z')).out).toContain('in 1 block,');
  expect((await schema('2026-11-22')).out).toContain('0 attributes in 0 blocks');
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the command and leaves no temporary file',
  async (signal) => {
    const [root, cache] = [await directoryOf({}), await directoryOf({})];
    const block = join(SHOP, 'blocks', 'single-tenant', 'ae53a334-9a73-4679-8117-0956f9c2bce4');
    for (let copy = 0; copy < 20; copy++)
      await cp(block, join(root, 'shop', blockId(copy)), { recursive: true });
    const child = startBetrace(['schema', '--blocks', root, '--cache', cache]);
    const closed = once(child, 'close');
    const temporaries = () => readdir(join(cache, 'tmp')).catch(() => []);
    while ((await temporaries()).length === 0 && child.exitCode === null) await sleep(5);
    child.kill(signal);
    expect(await closed).toEqual([null, signal]);
    expect(await temporaries()).toEqual([]);
  },
);

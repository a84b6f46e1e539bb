/** Arguments, exit codes and what is said on standard error. */
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { betrace, FIXTURES, runHere } from '../cli/support.js';
import { SHOP_RULES, temporary } from './support.js';

const SHOP = join(FIXTURES, 'shop-v5');

async function ruleFile(text: string): Promise<string> {
  const path = join(await temporary('rules'), 'r.betrace');
  await writeFile(path, text);
  return path;
}

const HOLDS = 'rule holds { never { name = "no such span" } }';

test('exit code 0 where nothing is violated', async () => {
  const rules = await ruleFile(`${HOLDS} rule idle { when { name = "nope" } always { name = "x" } }`);
  const { code, out, err } = await betrace([
    'replay',
    rules,
    '--blocks',
    SHOP,
    '--cache',
    await temporary('cache'),
  ]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^✓ holds +medium +3,000 passed$/m);
  expect(out).toMatch(/^\? idle +medium +never applied$/m);
  expect(out).toContain('\n2 rules: 1 never applied, 1 passed\n');
});

test('an error in a rule is printed, nothing is run, and the exit code is 2', async () => {
  const rules = await ruleFile(`${HOLDS} rule broken { never { name = } }`);
  const { code, out, err } = await betrace(['replay', rules, '--blocks', SHOP]);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/r\.betrace:1:\d+: error BT1\d+: /);
  expect(err).toMatch(/error in rules: nothing was run\.\n$/);
});

test('a rule that is named runs in spite of errors in others, but not of its own', async () => {
  const rules = await ruleFile(
    'let gone = { name = }\nrule sound { always { } }\nrule leans { always gone }\n' +
      'rule twice { always { } }\nrule twice { always { } }\nrule broken { never { name = } }',
  );
  const run = (...ids: readonly string[]) =>
    runHere('replay', rules, '--blocks', SHOP, ...ids.flatMap((id) => ['--rule', id]));
  const { code, out, err } = await run('sound');
  expect([code, err]).toEqual([0, '3 errors elsewhere in these files, which betrace check shows.\n']);
  expect(out).toContain('\n1 rule: 1 passed\n');
  for (const ids of [['broken'], ['sound', 'broken'], ['leans'], ['twice'], ['nowhere']]) {
    const refused = await run(...ids);
    expect([ids, refused.code, refused.out]).toEqual([ids, 2, '']);
    expect(refused.err).toMatch(/3 errors in rules: nothing was run\.\n$/);
  }
});

test('--rule narrows, may be repeated, and runs what is disabled', async () => {
  const cache = ['--cache', await temporary('cache'), '--format', 'json'];
  const two = await runHere(
    'replay',
    SHOP_RULES,
    '--blocks',
    SHOP,
    '--rule',
    'agent-loop',
    '--rule',
    'double-charge',
    ...cache,
  );
  const ids = (out: string) => (JSON.parse(out) as { rules: { id: string }[] }).rules.map(({ id }) => id);
  expect(ids(two.out)).toEqual(['agent-loop', 'double-charge']);
  const rules = await ruleFile(`${HOLDS} rule off { enabled = false never { name = "orders publish" } }`);
  expect(ids((await runHere('replay', rules, '--blocks', SHOP, ...cache)).out)).toEqual(['holds']);
  const off = await runHere('replay', rules, '--blocks', SHOP, '--rule', 'off', ...cache);
  expect([off.code, ids(off.out)]).toEqual([1, ['off']]);
});

test.each<[readonly string[], RegExp]>([
  [[], /no rules given/],
  [[SHOP_RULES], /--blocks PLACE is needed/],
  [
    [SHOP_RULES, '--blocks', SHOP, '--rule', 'agent-lop'],
    /no rule is called "agent-lop"\. Did you mean "agent-loop"\?/,
  ],
  [[SHOP_RULES, '--blocks', SHOP, '--from', 'some day'], /--from: "some day" is not a time/],
  [[SHOP_RULES, '--blocks', SHOP, '--from', '1h', '--to', '2h'], /--from must be before --to/],
  [
    [SHOP_RULES, '--blocks', SHOP, '--format', 'xml'],
    /--format: "xml" is not one of text, json, csv, html, md/,
  ],
  [[SHOP_RULES, '--blocks', SHOP, '--memory', '1k'], /--memory: at least 128MiB/],
  [[SHOP_RULES, '--blocks', SHOP, '--limit', '-1'], /--limit/],
  [[SHOP_RULES, '--blocks', '/no/such/place'], /does not exist/],
])('betrace replay %j is a usage error', async (args, message) => {
  const { code, out, err } = await runHere('replay', ...args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(message);
});

test('several tenants without --tenant are named, hostile ones safely', async () => {
  const root = await temporary('blocks');
  const evil = 'evil\u001b[31m';
  for (const tenant of ['acme', evil])
    await cp(join(SHOP, 'blocks', 'single-tenant'), join(root, tenant), { recursive: true });
  const asked = await runHere('replay', SHOP_RULES, '--blocks', root);
  expect(asked.code).toBe(2);
  expect(asked.err).toContain('--tenant is needed, as there are 2: acme, evil\\u001b[31m.');
  const cache = await temporary('cache');
  const chosen = await runHere(
    'replay',
    SHOP_RULES,
    '--blocks',
    root,
    '--tenant',
    evil,
    '--cache',
    cache,
    '--limit',
    '1',
  );
  expect(chosen.code).toBe(1);
  expect(chosen.out).toMatch(/^evil\\u001b\[31m {2}2026-11-20/);
  expect(chosen.out).not.toContain('\u001b');
});

test('a range without traces is no error', async () => {
  const args = ['replay', SHOP_RULES, '--blocks', SHOP, '--cache', await temporary('cache')];
  const { code, out } = await runHere(...args, '--to', '2020-01-01');
  expect(code).toBe(0);
  expect(out).toMatch(/0 blocks · 0 traces/);
  expect(out).toMatch(/^\? auth-before-data +critical +never applied$/m);
});

test('what is odd about the storage is a warning, and costs nothing', async () => {
  const root = await temporary('blocks');
  await cp(join(SHOP, 'blocks'), root, { recursive: true });
  await rm(join(root, 'single-tenant', 'index.json.gz'), { force: true });
  await writeFile(join(root, 'single-tenant', 'index.pb.zst'), 'junk');
  const { code, out, err } = await runHere(
    'replay',
    SHOP_RULES,
    '--blocks',
    root,
    '--cache',
    await temporary('cache'),
    '--format',
    'json',
  );
  expect(code).toBe(1);
  expect(err).toMatch(/^warning BT4005: /);
  expect(JSON.parse(out)).toMatchObject({
    partial: false,
    blocks: { read: 2, unread: [], warnings: [{ id: null, code: 'BT4005' }] },
  });
});

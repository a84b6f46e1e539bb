/** What must not change a verdict: copies of blocks, how a range is cut, other runs, the run itself. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIXTURES } from '../cli/support.js';
import { copyOfBlocks, replayed, ruleOf, temporary, verdicts } from './support.js';

const SHOP = join(FIXTURES, 'shop-v5');

test.each(['shop-v5', 'shop-v4'])(
  'copying every block of %s under a new id changes nothing',
  async (fixture) => {
    const { root, tenant } = await copyOfBlocks(fixture);
    const cache = await temporary('cache');
    const before = await replayed(root, cache);
    for (const id of (await readdir(tenant)).filter((name) => name.length === 36)) {
      const copy = `ffffffff${id.slice(8)}`;
      await cp(join(tenant, id), join(tenant, copy), { recursive: true });
      const meta = JSON.parse(await readFile(join(tenant, id, 'meta.json'), 'utf8')) as object;
      await writeFile(join(tenant, copy, 'meta.json'), JSON.stringify({ ...meta, blockID: copy }));
    }
    const after = await replayed(root, cache);
    expect([before.json.blocks.read, after.json.blocks.read]).toEqual([2, 4]);
    expect(after.json.traces).toBe(before.json.traces);
    expect(verdicts(after.json)).toEqual(verdicts(before.json));
  },
);

test('two halves of a range sum to the whole, with an end in the middle of the traces', async () => {
  const cache = await temporary('cache');
  const noon = '2026-11-20T14:24:13.123456789Z';
  const [whole, early, late] = await Promise.all([
    replayed(SHOP, cache),
    replayed(SHOP, cache, ['--to', noon]),
    replayed(SHOP, cache, ['--from', noon]),
  ]);
  expect(early.json.range.to).toBe(noon);
  expect(late.json.range.from).toBe(noon);
  expect(early.json.traces).toBeGreaterThan(0);
  expect(early.json.traces + late.json.traces).toBe(whole.json.traces);
  for (const rule of whole.json.rules) {
    const halves = [ruleOf(early.json, rule.id), ruleOf(late.json, rule.id)];
    const sum = (key: 'applicable' | 'passed' | 'violated' | 'cannotTell') =>
      halves.reduce((total, half) => total + half[key], 0);
    for (const key of ['applicable', 'passed', 'violated', 'cannotTell'] as const)
      expect([rule.id, key, sum(key)]).toEqual([rule.id, key, rule[key]]);
    const ids = halves.flatMap(({ violations }) => violations.map(({ id }) => id));
    expect(ids.sort()).toEqual(rule.violations.map(({ id }) => id).sort());
  }
});

test('the same run gives the same bytes, cold and warm', async () => {
  const cache = await temporary('cache');
  const cold = await replayed(SHOP, cache);
  const warm = await replayed(SHOP, cache);
  expect(warm.out).toBe(cold.out);
});

test('two runs at once share one empty cache', async () => {
  const cache = await temporary('cache');
  const runs = await Promise.all([replayed(SHOP, cache), replayed(SHOP, cache)]);
  expect(runs.map(({ code }) => code)).toEqual([1, 1]);
  expect(runs[0].out).toBe(runs[1].out);
  expect(await readdir(join(cache, 'tmp'))).toEqual([]);
});

/** Rules over many traces, replayed over the blocks of the shop. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { OverRuleJson } from '../../../engine/replay/over/result-json.js';
import { wholeWindows } from '../../../engine/replay/over/windows.js';
import { betrace, FIXTURES } from '../cli/support.js';
import { replayed, temporary } from './support.js';

const SHOP = join(FIXTURES, 'shop-v5', 'blocks');
const SCHEMA = fileURLToPath(new URL('../../../server/cli/replay/result.schema.json', import.meta.url));
const HOUR = 3_600_000_000_000n;

async function over(rule: string, more: readonly string[] = [], blocks = SHOP): Promise<OverRuleJson> {
  const rules = join(await temporary('rules'), 'over.betrace');
  await writeFile(rules, rule);
  const { json, code } = await replayed(blocks, await temporary('cache'), more, rules);
  const [found] = json.overRules;
  const valid = new Ajv2020({ strictTypes: false }).compile(
    JSON.parse(readFileSync(SCHEMA, 'utf8')) as object,
  );
  expect(valid(json), JSON.stringify(valid.errors)).toBe(true);
  expect(code).toBe(found!.violated > 0 ? 1 : 0);
  return found!;
}

const ERRORS = `rule errors { over 1h
  always ({ status = error } | rate() by (resource.service.name)) / ({ } | rate() by (resource.service.name)) < 0.01
}`;

describe('windows', () => {
  it('are multiples of their width since 1970, and only those that lie whole in the range', () => {
    const grid = wholeWindows(HOUR, 90n * HOUR + 1n, 94n * HOUR - 1n);
    expect(grid).toMatchObject({ startNs: 91n * HOUR, endNs: 93n * HOUR, intervals: 2 });
    expect(wholeWindows(HOUR, 90n * HOUR, 92n * HOUR)).toMatchObject({ startNs: 90n * HOUR, intervals: 2 });
    expect(wholeWindows(HOUR, 90n * HOUR + 1n, 91n * HOUR)).toBeUndefined();
  });

  it('may be many, but not without a bound', () => {
    expect(() => wholeWindows(1_000_000_000n, 0n, 200_000n * 1_000_000_000n)).toThrow(/200000 windows/);
  });
});

describe('a rule over many traces', () => {
  it('is judged for each series and window, and tells what it compared', async () => {
    const found = await over(ERRORS);
    expect(found.windows).toMatchObject({
      count: 22,
      from: '2026-11-20T01:00:00.000000000Z',
      to: '2026-11-20T23:00:00.000000000Z',
    });
    expect(found).toMatchObject({
      series: 16,
      applicable: 352,
      passed: 339,
      violated: 13,
      violationsLeftOut: 0,
    });
    expect(found.histogram.reduce((sum, { violated }) => sum + violated, 0)).toBe(13);
    for (const { value, labels, traces, window } of found.violations) {
      expect(value).toBeGreaterThanOrEqual(0.01);
      expect(labels).toEqual([{ name: 'resource.service.name', value: expect.any(String) }]);
      expect(traces.length).toBeGreaterThan(0);
      expect(Date.parse(window.to) - Date.parse(window.from)).toBe(3_600_000);
    }
    expect(found.violations[0]).toMatchObject({
      labels: [{ value: 'payment' }],
      window: { from: '2026-11-20T02:00:00.000000000Z' },
      clause: 'always#1',
    });
  }, 60_000);

  it('finds the same violations, by id, in every run and in every form of the blocks', async () => {
    const ids = ({ violations }: OverRuleJson) => violations.map(({ id }) => id);
    const [first, again] = [await over(ERRORS), await over(ERRORS)];
    expect(ids(again)).toEqual(ids(first));
    expect(new Set(ids(first)).size).toBe(13);
  }, 60_000);

  it('counts nothing as 0 in a calculation, and not as a series that is not there', async () => {
    const some = await over('rule some { over 1h never { } | rate() by (resource.service.name) > 0 }');
    const errors = await over(ERRORS);
    expect([errors.series, errors.applicable]).toEqual([some.series, some.violated]);
    // Where nothing at all is an error, the rule has still been asked about everybody.
    const none = await over(ERRORS.replace('{ status = error }', '{ name = "none" }'));
    expect(none).toMatchObject({ applicable: some.violated, passed: some.violated, violated: 0 });
    // On the other side as well; a step or a function that may leave a series out has no such value.
    const difference = (left: string) =>
      over(`rule difference { over 1h
        always (${left} by (resource.service.name)) - ({ status = error } | rate() by (resource.service.name)) >= 0 }`);
    const failing = await over(
      'rule failing { over 1h never { status = error } | rate() by (resource.service.name) > 0 }',
    );
    const { series, violated } = failing;
    expect(await difference('{ name = "none" } | rate()')).toMatchObject({ series, violated });
    expect(await difference('{ name = "none" } | max_over_time(duration)')).toMatchObject({ series: 0 });
  }, 120_000);

  it('notices that there is nothing', async () => {
    const found = await over('rule heartbeat { over 6h always { name = "heartbeat" } | rate() > 0 }', [
      ...['--from', '2026-11-25T00:00:00Z', '--to', '2026-11-26T00:00:00Z'],
    ]);
    expect(found).toMatchObject({ series: 1, applicable: 4, passed: 0, violated: 4 });
    expect(found.violations.map(({ value }) => value)).toEqual([0, 0, 0, 0]);
  }, 60_000);

  it('is judged only where its `when` holds for the series', async () => {
    const busy = await over(`rule busy { over 1h
      when { } | count_over_time() by (resource.service.name) > 300
      never { } | count_over_time() by (resource.service.name) > 0
    }`);
    const all = await over(
      'rule all { over 1h never { } | count_over_time() by (resource.service.name) > 300 }',
    );
    expect(busy.applicable).toBe(all.violated);
    expect(busy.violated).toBe(all.violated);
    expect(all.violated).toBeGreaterThan(0);
    expect(all.passed).toBeGreaterThan(0);
  }, 60_000);

  it('has nothing to judge where the range is shorter than its window', async () => {
    const found = await over('rule day { over 1d always { } | rate() > 0 }');
    expect(found).toMatchObject({ windows: { count: 0, from: null, to: null }, applicable: 0, violated: 0 });
  }, 60_000);

  it('that makes too many series is named, and exits as partial', async () => {
    const rules = join(await temporary('rules'), 'over.betrace');
    await writeFile(rules, 'rule ids { over 1s always { } | rate() by (span:id) < 1 }');
    const run = await betrace(['replay', rules, '--blocks', SHOP, '--cache', await temporary('cache')]);
    expect(run.code).toBe(3);
    expect(run.err).toContain('BT3003');
  }, 60_000);

  it('is told in text, in Markdown and as rows', async () => {
    const rules = join(await temporary('rules'), 'over.betrace');
    await writeFile(rules, ERRORS);
    const cache = await temporary('cache');
    const as = async (format: string) =>
      (await betrace(['replay', rules, '--blocks', SHOP, '--cache', cache, '--format', format])).out;
    const text = await as('text');
    expect(text).toContain('22 windows of 1 h, 16 series');
    expect(text).toMatch(/2026-11-20 02:00:00.03:00:00 {2}0\.\d+ {2}resource\.service\.name = "payment"/);
    expect(text).toContain('1 rule: 1 violated (13 violations)');
    expect(await as('md')).toContain('Judged in 22 windows of 1 h.');
    const rows = (await as('csv')).split('\r\n');
    expect(rows.filter((row) => row.startsWith('violation,'))).toHaveLength(13);
  }, 60_000);
});

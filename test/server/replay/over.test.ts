/** Rules over many traces, replayed over the blocks of the shop. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { WindowRuleJson } from '../../../engine/answers/replay.js';
import { windowsOf } from '../../../engine/replay/over/windows.js';
import { betrace, FIXTURES } from '../cli/support.js';
import { keptCache, replayed, temporary } from './support.js';

const SHOP = join(FIXTURES, 'shop-v5', 'blocks');
const SCHEMA = fileURLToPath(new URL('../../../engine/replay/result.schema.json', import.meta.url));
const HOUR = 3_600_000_000_000n;

async function over(rule: string, more: readonly string[] = [], blocks = SHOP): Promise<WindowRuleJson> {
  const rules = join(await temporary('rules'), 'over.betrace');
  await writeFile(rules, rule);
  const { json, code } = await replayed(blocks, keptCache(), more, rules);
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
  const hourly = { window: HOUR, every: HOUR };
  const sliding = { window: 3n * HOUR, every: HOUR };
  const open = { from: true, to: true };

  it('are multiples of their width since 1970; those that the range cuts are named', () => {
    const { grid, cut } = windowsOf(hourly, { fromNs: 90n * HOUR + 1n, toNs: 94n * HOUR - 1n });
    expect(grid).toMatchObject({ startNs: 91n * HOUR, windows: 2, perWindow: 1 });
    expect(cut).toEqual([
      { reason: 'range', count: 1, fromNs: 90n * HOUR, toNs: 91n * HOUR },
      { reason: 'range', count: 1, fromNs: 93n * HOUR, toNs: 94n * HOUR },
    ]);
    expect(windowsOf(hourly, { fromNs: 90n * HOUR, toNs: 92n * HOUR })).toMatchObject({
      grid: { startNs: 90n * HOUR, windows: 2 },
      cut: [],
    });
    expect(windowsOf(hourly, { fromNs: 90n * HOUR + 1n, toNs: 91n * HOUR })).toEqual({
      cut: [{ reason: 'range', count: 1, fromNs: 90n * HOUR, toNs: 91n * HOUR }],
    });
  });

  it('hold all of the data where nobody said when the range begins and ends', () => {
    expect(windowsOf(hourly, { fromNs: 90n * HOUR + 1n, toNs: 93n * HOUR + 1n, open })).toEqual({
      grid: { startNs: 90n * HOUR, stepNs: HOUR, perWindow: 1, windows: 4 },
      cut: [],
    });
    const day = 24n * HOUR;
    expect(
      windowsOf({ window: day, every: day }, { fromNs: 5n * day + 7n, toNs: 6n * day - 7n, open }),
    ).toMatchObject({ grid: { startNs: 5n * day, windows: 1 }, cut: [] });
  });

  it('start at every step, and may be longer than the data', () => {
    expect(windowsOf(sliding, { fromNs: 90n * HOUR, toNs: 95n * HOUR })).toEqual({
      grid: { startNs: 90n * HOUR, stepNs: HOUR, perWindow: 3, windows: 3 },
      cut: [
        { reason: 'range', count: 2, fromNs: 88n * HOUR, toNs: 92n * HOUR },
        { reason: 'range', count: 2, fromNs: 93n * HOUR, toNs: 97n * HOUR },
      ],
    });
    expect(windowsOf(sliding, { fromNs: 90n * HOUR + 5n, toNs: 91n * HOUR, open }).grid).toMatchObject({
      startNs: 90n * HOUR,
      windows: 1,
    });
  });

  it('may be many, but not without a bound', () => {
    const second = 1_000_000_000n;
    const range = { fromNs: 0n, toNs: 2_000_000n * second };
    expect(() => windowsOf({ window: second, every: second }, range)).toThrow(/2000000 windows/);
  });
});

describe('a rule over many traces', () => {
  it('is judged for each series and window, and tells what it compared', async () => {
    const found = await over(ERRORS);
    expect(found.windows).toMatchObject({
      count: 24,
      from: '2026-11-20T00:00:00.000000000Z',
      to: '2026-11-21T00:00:00.000000000Z',
    });
    expect(found).toMatchObject({
      series: 16,
      applicable: 384,
      passed: 371,
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
  });

  it('finds the same violations, by id, in every run and in every form of the blocks', async () => {
    const ids = ({ violations }: WindowRuleJson) => violations.map(({ id }) => id);
    const [first, again] = [await over(ERRORS), await over(ERRORS)];
    expect(ids(again)).toEqual(ids(first));
    expect(new Set(ids(first)).size).toBe(13);
  });

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
  });

  it('notices that there is nothing', async () => {
    const found = await over('rule heartbeat { over 6h always { name = "heartbeat" } | rate() > 0 }', [
      '--from',
      '2026-11-25T00:00:00Z',
      '--to',
      '2026-11-26T00:00:00Z',
    ]);
    expect(found).toMatchObject({ series: 1, applicable: 4, passed: 0, violated: 4 });
    expect(found.violations.map(({ value }) => value)).toEqual([0, 0, 0, 0]);
  });

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
  });

  it('judges the day of data that there is', async () => {
    const found = await over('rule day { over 1d always { } | rate() > 0 }');
    expect(found).toMatchObject({
      windows: { count: 1, from: '2026-11-20T00:00:00.000000000Z', to: '2026-11-21T00:00:00.000000000Z' },
      windowsNotJudged: { count: 0, runs: [] },
      applicable: 1,
      passed: 1,
    });
  });

  it('names the windows that the range cuts, and judges none of them', async () => {
    const range = ['--from', '2026-11-20T00:30:00Z', '--to', '2026-11-20T02:10:00Z'];
    const found = await over('rule hour { over 1h always { } | rate() > 0 }', range);
    const cut = (count: number, from: string, to: string) => ({
      reason: 'range',
      count,
      from: `2026-11-20T${from}:00.000000000Z`,
      to: `2026-11-20T${to}:00.000000000Z`,
    });
    expect(found.windows.count).toBe(1);
    expect(found.windowsNotJudged).toEqual({
      count: 2,
      runs: [cut(1, '00:00', '01:00'), cut(1, '02:00', '03:00')],
    });
    const day = await over('rule day { over 1d always { } | rate() > 0 }', range);
    expect(day).toMatchObject({ windows: { count: 0, from: null, to: null }, applicable: 0, violated: 0 });
    expect(day.windowsNotJudged.count).toBe(1);
  });

  it('finds with `when` and a quantile what the clause alone finds', async () => {
    const never =
      'never { kind = server } | quantile_over_time(duration, .99) by (resource.service.name) > 1ms';
    const when = 'when { kind = server } | rate() by (resource.service.name) > 0.0001';
    const alone = await over(`rule r { over 5m ${never} }`);
    const chosen = await over(`rule r { over 5m ${when} ${never} }`);
    const what = ({ violations }: WindowRuleJson) =>
      violations.map(({ window, labels, value, traces }) => ({ window, labels, value, traces }));
    expect(alone.violated).toBe(1877);
    expect(what(chosen)).toEqual(what(alone));
    expect(chosen.violated).toBe(alone.violated);
  });

  it('has the exact quantile of each window', async () => {
    const hour = '2026-11-20T05:00:00Z';
    const found = await over(
      'rule q { over 1h never { name = "payment.charge_card" } | quantile_over_time(duration, .9) > 0s }',
      ['--from', hour, '--to', '2026-11-20T06:00:00Z'],
    );
    const listed = await betrace([
      'query',
      '{ name = "payment.charge_card" }',
      '--blocks',
      SHOP,
      '--cache',
      await temporary('cache'),
      '--from',
      hour,
      '--to',
      '2026-11-20T06:00:00Z',
      '--format',
      'json',
      '--limit',
      '10000',
      '--spans',
      '1000',
    ]);
    const { traces } = JSON.parse(listed.out) as {
      traces: { spanSets: { spans: { startTimeUnixNano: string; durationNanos: string }[] }[] }[];
    };
    const from = BigInt(Date.parse(hour)) * 1_000_000n;
    const durations = traces
      .flatMap(({ spanSets }) => spanSets.flatMap(({ spans }) => spans))
      .filter(({ startTimeUnixNano: start }) => BigInt(start) >= from && BigInt(start) < from + HOUR)
      .map(({ durationNanos }) => Number(durationNanos))
      .sort((a, b) => a - b);
    const place = 0.9 * (durations.length - 1);
    const [low, high] = [durations[Math.floor(place)]!, durations[Math.ceil(place)]!];
    expect(durations.length).toBeGreaterThan(10);
    expect(found.violations[0]?.value).toBeCloseTo((low + (high - low) * (place % 1)) / 1e9, 12);
  });

  it('finds what lies on an edge where windows overlap, and the same by id in each of them', async () => {
    const busy = (setting: string) =>
      over(`rule busy { ${setting} never { } | count_over_time() by (resource.service.name) > 700 }`);
    const [apart, overlapping] = [await busy('over 2h'), await busy('over 2h every 30m')];
    const windows = ({ violations }: WindowRuleJson) =>
      violations.map(({ window, labels, value }) => JSON.stringify([window.from, labels, value]));
    expect(overlapping.everySeconds).toBe(1800);
    expect(overlapping.windows.count).toBe(45);
    expect(apart.violated).toBeGreaterThan(0);
    expect(windows(overlapping)).toEqual(expect.arrayContaining(windows(apart)));
    expect(overlapping.violated).toBeGreaterThan(apart.violated);
  });

  it('names the windows with too many series, exits as partial and judges the others', async () => {
    const rules = join(await temporary('rules'), 'over.betrace');
    await writeFile(
      rules,
      'rule keys { over 1h never { name = "payment.charge_card" } | count_over_time() by (span.idempotency.key) > 1 }',
    );
    const cache = await temporary('cache');
    const run = async (most: number, format = 'json') =>
      await betrace([
        'replay',
        rules,
        '--blocks',
        SHOP,
        '--cache',
        cache,
        '--max-series',
        String(most),
        '--format',
        format,
      ]);
    const whole = JSON.parse((await run(10_000)).out) as { overRules: WindowRuleJson[] };
    expect(whole.overRules[0]).toMatchObject({ windows: { count: 24 }, windowsNotJudged: { count: 0 } });
    const { out, code } = await run(35);
    const [some] = (JSON.parse(out) as { overRules: WindowRuleJson[] }).overRules;
    const { count, runs } = some!.windowsNotJudged;
    expect(code).toBe(3);
    expect(count).toBeGreaterThan(0);
    expect(some!.windows.count + count).toBe(24);
    expect(new Set(runs.map(({ reason }) => reason))).toEqual(new Set(['series']));
    // More keys in all windows together than in one are no reason.
    expect(some!.series).toBeGreaterThan(35);
    for (const format of ['text', 'md', 'csv'])
      expect((await run(35, format)).out).toMatch(/with too many series|not judged,.*too many series/);
  });

  it('is reported in text, in Markdown and as rows', async () => {
    const rules = join(await temporary('rules'), 'over.betrace');
    await writeFile(rules, ERRORS);
    const cache = await temporary('cache');
    const as = async (format: string) =>
      (await betrace(['replay', rules, '--blocks', SHOP, '--cache', cache, '--format', format])).out;
    const text = await as('text');
    expect(text).toContain('24 windows of 1 h, 16 series');
    expect(text).toMatch(/2026-11-20 02:00:00.03:00:00 {2}0\.\d+ {2}resource\.service\.name = "payment"/);
    // What somebody would copy is never cut, however narrow the terminal.
    expect(text.match(/trace [0-9a-f]{32}$/gmu)).toHaveLength(3);
    expect(text).toContain('1 rule: 1 violated (13 violations)');
    expect(await as('md')).toContain('Judged in 24 windows of 1 h.');
    const rows = (await as('csv')).split('\r\n');
    expect(rows.filter((row) => row.startsWith('violation,'))).toHaveLength(13);
  });
});

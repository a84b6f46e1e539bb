import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyOfBlocks, keptCache, SHOP_RULES, temporary } from '../replay/support.js';
import { FIXTURES, runHere } from './support.js';

const BLOCKS = join(FIXTURES, 'conf-v5');

async function query(text: string, ...more: readonly string[]) {
  return await runHere('query', text, '--blocks', BLOCKS, '--cache', keptCache(), ...more);
}

interface SearchJson {
  readonly traces: readonly {
    readonly traceID: string;
    readonly startTimeUnixNano: string;
    readonly spanSets: readonly { readonly matched: number; readonly spans?: readonly unknown[] }[];
  }[];
}

const DOUBLE_CHARGE = '{ name = "payment.charge_card" } | by(span.idempotency.key) | count() > 1';

describe('a search', () => {
  it('shows traces with what the query made and mentions, newest first', async () => {
    const { code, out, err } = await query(`${DOUBLE_CHARGE} | select(span.amount)`, '--limit', '2');
    expect([code, err]).toEqual([0, '']);
    expect(out.replace(/\d+ m?s\n$/, 'TIME\n')).toBe(`\
START (UTC)          TRACE                             ROOT                      DURATION
2026-11-20 17:28:48  a6d2bf1e2fa61e67ef4dbf84b09a4280  frontend: POST /checkout    282 ms
    2 spans  by(span.idempotency.key)=ik-937bd37e2a1b98cc  count()=2  payment.charge_card ×2
        idempotency.key=ik-937bd37e2a1b98cc  amount=114.11
2026-11-20 16:45:36  64dc342fcc25bbeac9bf943a03a6d77c  frontend: POST /checkout    362 ms
    2 spans  by(span.idempotency.key)=ik-0ad3839663788218  count()=2  payment.charge_card ×2
        idempotency.key=ik-0ad3839663788218  amount=79.64

the newest 2 traces; --limit shows more · 4 spans · looked at 1,200 traces in 1 block · TIME
`);
  });

  it("gives the JSON of Tempo's API", async () => {
    const { code, out } = await query(
      '{ } | count() > 40',
      '--format',
      'json',
      '--limit',
      '3',
      '--spans',
      '1',
    );
    expect(code).toBe(0);
    const { traces } = JSON.parse(out) as SearchJson;
    const starts = traces.map(({ startTimeUnixNano }) => startTimeUnixNano);
    expect(starts).toEqual([...starts].sort().reverse());
    for (const { spanSets } of traces) expect(spanSets.map(({ spans }) => spans?.length)).toEqual([1]);
    for (const { spanSets } of traces) expect(spanSets[0]!.matched).toBeGreaterThan(40);
  });

  it('finds traces that overlap the range, even if they start before', async () => {
    const all = JSON.parse((await query(DOUBLE_CHARGE, '--format', 'json')).out) as SearchJson;
    const [newest] = all.traces;
    const middle = (Number(BigInt(newest!.startTimeUnixNano) / 1_000_000n) + 100) / 1000;
    const range = ['--from', middle.toFixed(3), '--to', (middle + 0.01).toFixed(3), '--format', 'json'];
    const found = JSON.parse((await query(DOUBLE_CHARGE, ...range)).out) as SearchJson;
    expect(found.traces.map(({ traceID }) => traceID)).toEqual([newest!.traceID]);
  });

  it('says so where nothing is found', async () => {
    const { code, out } = await query('{ name = "no such span" }');
    expect(code).toBe(0);
    expect(out).toMatch(/^nothing found · looked at 1,200 traces in 1 block · /);
  });
});

describe('metrics', () => {
  it('are plotted, each series with its scale', async () => {
    const { code, out } = await query('{ } | rate() by (kind)', '--step', '1h');
    expect(code).toBe(0);
    expect(out).toContain('kind=consumer\n');
    expect(out).toMatch(/^ +[\d.]+ [▁▂▃▄▅▆▇█ ]+$/m);
    expect(out).toMatch(/^6 series · looked at 13,466 spans in 1 block · /m);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(104);
  });

  it("have the JSON of Tempo's API", async () => {
    const { out } = await query('{ } | count_over_time()', '--step', '1h', '--format', 'json');
    const { series } = JSON.parse(out) as {
      readonly series: readonly { readonly samples: readonly { readonly value?: number }[] }[];
    };
    const total = series[0]!.samples.reduce((sum, { value = 0 }) => sum + value, 0);
    expect(total).toBe(13_466);
  });
});

describe('violations', () => {
  it('of a rule in a file are those that were planted', async () => {
    const { truth } = JSON.parse(readFileSync(join(BLOCKS, 'truth.json'), 'utf8')) as {
      readonly truth: Readonly<Record<string, readonly string[]>>;
    };
    const { code, out } = await query(
      'violations of double-charge',
      '--rules',
      SHOP_RULES,
      '--format',
      'json',
    );
    expect(code).toBe(0);
    const { traces } = JSON.parse(out) as SearchJson;
    expect(traces.map(({ traceID }) => traceID.padStart(32, '0')).sort()).toEqual(
      [...truth['double-charge']!].sort(),
    );
  });

  it('of a rule without a file come with clause, values and evidence', async () => {
    const { out } = await query('when { name = "payment.charge_card" } as c never c.span.amount > 10000');
    expect(out).toContain('clause=never#1');
    expect(out).toContain('c.span.amount=16574.97');
    expect(out).toContain('bound=c');
  });

  it('show of a span that was found what was compared on it', async () => {
    const { out } = await query('violations of tenant-isolation', '--rules', SHOP_RULES);
    expect(out).toContain('order.span.tenant.id=tenant-14');
    expect(out).toContain('span.tenant.id=tenant-99');
  });

  it('are counted by a field, the most first', async () => {
    const text = 'violations of n-plus-one | by(service, resource.service.version)';
    const { code, out } = await query(text, '--rules', SHOP_RULES, '--limit', '2');
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'VIOLATIONS  SHARE  service  resource.service.version',
      '        19   43 %  catalog  1.2.0',
      '        14   32 %  catalog  1.0.0',
    ]);
    expect(out).toContain('44 violations · 1 row not shown');
    const json = await query(text, '--rules', SHOP_RULES, '--format', 'json');
    const { series } = JSON.parse(json.out) as { series: readonly { value: number }[] };
    expect(series.map(({ value }) => value).sort()).toEqual([11, 14, 19]);
  });

  it('need rules, and a rule that is there', async () => {
    expect(await query('violations of double-charge')).toMatchObject({ code: 2, out: '' });
    const { code, err } = await query('violations of double-charg', '--rules', SHOP_RULES);
    expect([code, err]).toEqual([2, expect.stringContaining('Did you mean "double-charge"?')]);
  });

  it('of a rule over many traces are windows, which can be counted', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'betrace-over-')), 'r.betrace');
    writeFileSync(file, 'rule errors { over 5m always { } | rate() < 1 }');
    const { code, err } = await query('violations of errors', '--rules', file);
    expect(code).toBe(2);
    expect(err).toContain('`errors` is a rule over many traces, which no single trace violates');
    expect(err).toContain('count its violated windows with `violations of errors | count_over_time()`');
    const counted = await query('violations of errors | count_over_time()', '--rules', file, '--step', '1d');
    expect([counted.code, counted.out]).toEqual([0, expect.stringContaining('count_over_time')]);
    expect((await query('over 5m never { } | rate() by (kind) > 0')).out).toContain('clause=never#1');
  });
});

describe('a rule across traces', () => {
  it.each(['', ' | count_over_time()'])('is not judged by violations of it%s', async (metrics) => {
    const file = join(mkdtempSync(join(tmpdir(), 'betrace-across-')), 'r.betrace');
    writeFileSync(
      file,
      'rule ships { across span.order.id within 1h when { name = "a" } as a always { name = "b" } after a }',
    );
    const { code, err } = await query(`violations of ships${metrics}`, '--rules', file);
    expect(code).toBe(2);
    expect(err).toContain('a rule across traces');
    expect(err).not.toContain('windows');
  });
});

describe('what cannot be asked', () => {
  it.each([
    ['{ name = ', 'query:1:8: error BT1002'],
    ['{ name > }', 'query:1:10: error BT1002'],
    ['{ duration = "1s" }', 'error BT2202'],
    ['when { true } as c always { true } before d', 'error BT2001'],
  ])('%s', async (text, message) => {
    const { code, out, err } = await query(text);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('shows where a query is wrong', async () => {
    const { err } = await query('{ nme = "x" }');
    expect(err).toContain('  1 | { nme = "x" }\n    |   ^^^\n  fix: ');
  });

  it('is a query in several arguments, or none', async () => {
    expect((await query('{', 'name', '}')).code).toBe(2);
    expect((await runHere('query', '--blocks', BLOCKS)).code).toBe(2);
  });
});

it('tells that blocks are missing, with what the others hold', async () => {
  const { root } = await copyOfBlocks('shop-v5');
  const { readdirSync, writeFileSync } = await import('node:fs');
  const tenant = join(root, 'single-tenant');
  const [first] = readdirSync(tenant, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  writeFileSync(join(tenant, first!.name, 'data.parquet'), 'no parquet');
  const cache = await temporary('cache');
  const run = await runHere('query', '{ }', '--blocks', root, '--cache', cache, '--limit', '1');
  expect(run.code).toBe(3);
  expect(run.out).toContain('partial, 1 block unread');
});

/**
 * What a real Prometheus says of our metrics, of the example's configuration and of every PromQL query of the dashboards and alerts, while
 * it scrapes a running `betrace serve`. Needs the Debian package `prometheus`, which `.ci/run` installs.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PATIENCE } from '../../support/patience.js';
import { filledIn, promql } from './asked.js';
import { text } from './provisioned.js';
import { charges, startWatched, type Watched } from './watched.js';

const CONFIG = fileURLToPath(new URL('../../../server/grafana/compose/prometheus.yaml', import.meta.url));
/** They ask about what has not happened here: a request refused for want of room, an outbox that nobody empties, a rate that changed, a topic, as spans come by OTLP, and an engine. */
const QUIET = [
  'BeTraceIngestRefusing',
  'BeTraceOutboxStuck',
  'BeTraceTopicUnread',
  'BeTraceTopicBehind',
  'BeTraceTopicLost',
  'BeTraceNoOwner',
  'BeTraceClaimsOpen',
  'BeTraceEngineFailing',
  'BeTraceEngineRefusing',
  'BeTrace: ingest and delivery: Questions to the engine',
  'BeTrace: ingest and delivery: Behind the topic',
  'BeTrace: ingest and delivery: Records of the topic',
  'BeTrace: ingest and delivery: Owners of tenants',
  'BeTrace: violations: Violated more often',
  'BeTrace: rule health: Violated more often',
];

const installed = spawnSync('promtool', ['--version']).status === 0;
if (!installed)
  console.warn('NOT TESTED: queries and metrics against a real Prometheus (apt-get install prometheus)');

describe.runIf(installed)('a real Prometheus', () => {
  let watched: Watched;
  let prometheus: ChildProcess;
  let url: string;
  const folder = mkdtempSync(join(tmpdir(), 'betrace-prometheus-'));

  async function ask(query: string): Promise<Answer> {
    const body = new URLSearchParams({ query });
    return (await (await fetch(`${url}/api/v1/query`, { method: 'POST', body })).json()) as Answer;
  }
  async function value(query: string): Promise<number> {
    return Number((await ask(query)).data?.result[0]?.value[1] ?? Number.NaN);
  }

  beforeAll(async () => {
    watched = await startWatched();
    const address = `127.0.0.1:${await freePort()}`;
    url = `http://${address}`;
    const config = join(folder, 'prometheus.yaml');
    // The example's, with the address of this service and less patience.
    const scraped = new URL(watched.url).host;
    writeFileSync(
      config,
      text('compose/prometheus.yaml')
        .replace('betrace:3210', scraped)
        .replace('scrape_interval: 15s', 'scrape_interval: 500ms\n  scrape_timeout: 500ms'),
    );
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      { stdio: 'ignore' },
    );
    const counts = async (query: string, check: (count: number) => void): Promise<void> =>
      await vi.waitFor(async () => check(await value(query)), PATIENCE);
    // A first scrape before anything happens, so that what happens is an increase.
    await counts('betrace_violations_total{rule="checked"}', (count) => expect(count).toBe(0));
    await watched.send(charges(1, 40));
    expect(await watched.post(Buffer.from([0xff, 0xff]))).toBe(400);
    await fetch(`${watched.url}/api/search?${new URLSearchParams({ q: '{}' })}`);
    const found = 'increase(betrace_violations_total{rule="checked"}[1m])';
    await counts(found, (count) => expect(count).toBeGreaterThan(20));
    await counts('count_over_time(up{job="betrace"}[1m])', (count) => expect(count).toBeGreaterThan(6));
  });

  afterAll(async () => {
    const ended = once(prometheus, 'exit');
    prometheus.kill('SIGTERM');
    await ended;
    await watched.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(promql)('answers $where: $query', async ({ where, query, shown }) => {
    const { status, error, warnings, data } = await ask(filledIn(query));
    expect([status, error, warnings]).toEqual(['success', undefined, undefined]);
    expect(data!.result.length > 0, 'has data').toBe(!QUIET.includes(where));
    const [first] = data!.result;
    if (first !== undefined) expect(Object.keys(first.metric)).toEqual(expect.arrayContaining([...shown]));
  });

  it('sees the violations as an alert would', async () => {
    const { query } = promql.find(({ where }) => where === 'BeTraceCriticalViolation')!;
    const { data } = await ask(filledIn(query));
    // The threshold of the alert.
    const firing = data!.result.filter(({ value: [, count] }) => Number(count) > 0);
    expect(firing.map(({ metric }) => metric)).toEqual([{ rule: 'checked', tenant: 'single-tenant' }]);
  });

  it('takes the configuration of the example, and the metrics', async () => {
    const checked = spawnSync('promtool', ['check', 'config', CONFIG], { encoding: 'utf8' });
    expect([checked.status, checked.stderr]).toEqual([0, '']);
    const input = await (await fetch(`${watched.url}/metrics`)).text();
    const linted = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    // Those of Node.js are named by prom-client.
    const faults = linted.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('nodejs_'));
    expect(faults).toEqual([]);
  });
});

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}

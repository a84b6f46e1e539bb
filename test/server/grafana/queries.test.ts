/**
 * Every query of the dashboards and alerts, held to a running `betrace serve`: PromQL to the names and labels in its /metrics, TraceQL
 * to our parser and to its endpoints over stored blocks, and the names in TraceQL to a violation span that it sent.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkQuery } from '../../../engine/language/check/check-query.js';
import { parseQuery } from '../../../engine/language/parse-query.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { span, traceId } from '../../support/arbitrary/spans.js';
import { labelsOf, readMetrics, type Series } from '../../support/promql.js';
import { FIXTURES, startBetrace } from '../cli/support.js';
import { type OpenReceiver, openReceiver } from '../live/receiver.js';
import { until } from '../service/support.js';
import { alerts, dashboards, linksOf, yaml } from './provisioned.js';

interface Asked {
  readonly where: string;
  readonly query: string;
  /** Labels that texts beside it take from the answer. */
  readonly shown: readonly string[];
}

/** What Grafana would put for the variables of a dashboard, and for what was clicked. */
function filledIn(query: string): string {
  const values: Readonly<Record<string, string>> = {
    __rate_interval: '1m',
    __range: '6h',
    '__field.labels.rule': 'double-charge',
    '__value.raw': '0123456789abcdef0123456789abcdef',
  };
  return query.replace(
    /\$\{([^}]+)\}|\$(\w+)/g,
    (_, braced?: string, bare?: string) => values[braced ?? bare!] ?? '.*',
  );
}

const panels = dashboards.flatMap((dashboard) =>
  dashboard.panels.flatMap((panel) =>
    (panel.targets ?? []).map((target) => ({ where: `${dashboard.title}: ${panel.title}`, target })),
  ),
);
const named = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, name]) => name!);

const promql: readonly Asked[] = [
  ...panels.flatMap(({ where, target: { expr, legendFormat = '' } }) =>
    expr === undefined ? [] : [{ where, query: expr, shown: named(legendFormat, /\{\{(\w+)\}\}/g) }],
  ),
  ...alerts.flatMap(({ title, data, annotations }) =>
    data.flatMap(({ model }) =>
      typeof model.expr === 'string'
        ? [{ where: title, query: model.expr, shown: named(JSON.stringify(annotations), /\.Labels\.(\w+)/g) }]
        : [],
    ),
  ),
];

const links = dashboards.flatMap(({ panels: all }) => all.flatMap(linksOf));
const traceql: readonly Asked[] = [
  ...panels.flatMap(({ where, target: { query } }) =>
    query === undefined ? [] : [{ where, query, shown: [] }],
  ),
  ...alerts.flatMap(({ title, data, annotations }) =>
    data.flatMap(({ model }) =>
      typeof model.query === 'string'
        ? [
            {
              where: title,
              query: model.query,
              shown: named(JSON.stringify(annotations), /index \.Labels \\"([^"\\]+)/g),
            },
          ]
        : [],
    ),
  ),
  ...links.map(({ title, url }) => {
    const { betrace } = JSON.parse(new URL(url, 'http://grafana').searchParams.get('panes')!) as {
      readonly betrace: { readonly queries: readonly [{ readonly query: string }] };
    };
    return { where: title, query: betrace.queries[0].query, shown: [] };
  }),
];

const isMetrics = (query: string): boolean => /\|\s*(rate|count_over_time)\s*\(/.test(query);
const isTraceId = (query: string): boolean => /^[0-9a-f]+$/.test(query);

/** When the traces of the fixture are. */
const RANGE = {
  start: String(Date.parse('2020-01-01') / 1000),
  end: String(Date.parse('2030-01-01') / 1000),
};

let service: ChildProcess;
let receiver: OpenReceiver;
let url: string;
let scraped: readonly Series[];
const folder = mkdtempSync(join(tmpdir(), 'betrace-grafana-'));

beforeAll(async () => {
  receiver = await openReceiver();
  const rules = join(folder, 'live.betrace');
  writeFileSync(
    rules,
    'rule checked { severity = critical owner = "shop" when { name = "charge" } always { name = "check" } }',
  );
  service = startBetrace(
    [
      'serve',
      rules,
      'queries/shop',
      ...['--blocks', join(FIXTURES, 'shop-v5'), '--http-port', '0'],
      ...['--otlp-http-port', '0', '--otlp-grpc-port', '0', '--export', receiver.url],
      ...['--set', `live.directory=${join(folder, 'state')}`, '--set', 'live.complete_after=200ms'],
    ],
    { env: { BETRACE_CACHE: join(folder, 'cache') } },
  );
  let log = '';
  service.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
  });
  const [first] = (await once(service.stdout!, 'data')) as [Buffer];
  url = String(first).trim();
  const portOf = (): string | undefined => /"port":(\d+)[^\n]*OTLP over HTTP/.exec(log)?.[1];
  await until(() => portOf() !== undefined, 'spans can be sent');
  const sent = await fetch(`http://127.0.0.1:${portOf()}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.from(protobufOf([{ traceId: traceId(1), spans: [span(1, undefined, { name: 'charge' })] }])),
  });
  expect(sent.status).toBe(200);
  await until(() => receiver.spans.size === 1, 'the violation is sent');
  await fetch(`${url}/api/search?${new URLSearchParams({ q: '{}', ...RANGE })}`);
  scraped = readMetrics(await (await fetch(`${url}/metrics`)).text());
});

afterAll(async () => {
  const ended = once(service, 'close');
  service.kill('SIGTERM');
  await ended;
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('PromQL', () => {
  it('is asked', () => {
    expect(promql.length).toBeGreaterThan(50);
  });

  it.each(promql)('$where: $query', ({ query, shown }) => {
    const labels = labelsOf(filledIn(query), scraped);
    for (const label of shown) expect([...labels]).toContain(label);
  });

  it('asks for the job that Prometheus scrapes', () => {
    const { scrape_configs } = yaml<{ readonly scrape_configs: readonly { readonly job_name: string }[] }>(
      'compose/prometheus.yaml',
    );
    const jobs = new Set(scrape_configs.map(({ job_name }) => job_name));
    for (const { query } of promql)
      for (const job of named(query, /job="([^"]*)"/g)) expect(jobs).toContain(job);
  });

  it('offers the values of labels that exist', () => {
    for (const { templating } of dashboards)
      for (const { definition } of templating.list) {
        const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
        expect([...labelsOf(metric!, scraped)]).toContain(label);
      }
  });

  it('is held to names that the service has', () => {
    expect(() => labelsOf('rate(betrace_violation_total[1m])', scraped)).toThrow('nobody has the metric');
    expect(() => labelsOf('sum by (service) (betrace_violations_total)', scraped)).toThrow(
      'no label service',
    );
    expect(() => labelsOf('betrace_log_damage_total{kind="lost"}', scraped)).toThrow('has no kind "lost"');
    expect(() => labelsOf('sum(rate(betrace_open_traces))', scraped)).toThrow('over no range');
    expect(() => labelsOf('betrace_rule_stopped / betrace_ready', scraped)).toThrow('compares');
  });
});

describe('TraceQL', () => {
  it.each(traceql)('$where: $query', async ({ query, shown }) => {
    const asked = filledIn(query);
    if (isTraceId(asked)) return;
    const { query: parsed, diagnostics } = parseQuery(asked);
    expect(diagnostics).toEqual([]);
    expect(checkQuery(parsed!).filter(({ severity }) => severity === 'error')).toEqual([]);
    const paths = isMetrics(asked) ? ['/api/metrics/query_range', '/api/metrics/query'] : ['/api/search'];
    for (const path of paths) {
      const step = path.endsWith('query_range') ? { step: '86400s' } : {};
      const response = await fetch(`${url}${path}?${new URLSearchParams({ q: asked, ...RANGE, ...step })}`);
      expect([response.status, path, response.ok ? '' : await response.text()]).toEqual([200, path, '']);
    }
    for (const label of shown) expect(query).toContain(`by (${label})`);
  });

  it('finds what is in the blocks', async () => {
    const { query } = traceql.find(({ where }) => where === 'BeTraceErrorsInStoredTraces')!;
    const path = `/api/metrics/query_range?${new URLSearchParams({ q: query, ...RANGE, step: '86400s' })}`;
    const { series } = (await (await fetch(`${url}${path}`)).json()) as {
      readonly series: readonly unknown[];
    };
    expect(series.length).toBeGreaterThan(0);
    const search = new URLSearchParams({ q: 'violations of double-charge', ...RANGE });
    const found = (await (await fetch(`${url}/api/search?${search}`)).json()) as {
      readonly traces: readonly unknown[];
    };
    expect(found.traces.length).toBeGreaterThan(0);
  });

  it('names attributes that a violation span has', () => {
    const [violation] = receiver.spans.values();
    const names = new Set(traceql.flatMap(({ query }) => named(query, /span\.(betrace\.[\w.]+)/g)));
    expect(names.size).toBeGreaterThan(6);
    for (const name of names) expect(Object.keys(violation!.attributes)).toContain(name);
  });

  it('is in the columns of the tables, and nothing else is', () => {
    const tables = dashboards.flatMap((dashboard) =>
      dashboard.panels.filter(({ type, targets }) => type === 'table' && targets?.[0]?.query !== undefined),
    );
    expect(tables).toHaveLength(1);
    for (const { targets, fieldConfig } of tables) {
      const selected = named(/select\((.*)\)/.exec(targets![0]!.query!)![1]!, /span\.([\w.]+)/g);
      expect(fieldConfig!.overrides.map(({ matcher }) => matcher.options)).toEqual(selected);
    }
  });
});

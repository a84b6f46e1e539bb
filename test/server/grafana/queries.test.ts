/**
 * Every query of the dashboards and alerts, held to a running `betrace serve`: PromQL to the names and labels in its /metrics, TraceQL
 * to our parser and to its endpoints over stored blocks, and the names in TraceQL to a violation span that it sent.
 */
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkQuery } from '../../../engine/language/check/queries/check-query.js';
import { parseQuery } from '../../../engine/language/parse/parse-query.js';
import { Leases } from '../../../engine/live/ownership/leases.js';
import { SourceCounters } from '../../../server/kafka/source-counters.js';
import { sourceMetrics } from '../../../server/kafka/source-metrics.js';
import { ownerMetrics } from '../../../server/live/owner-metrics.js';
import { ENGINE_OUTCOMES } from '../../../server/questions/query-engine.js';
import { createMetrics } from '../../../server/shared/metrics.js';
import { labelsOf, readMetrics, type Series } from '../../support/promql.js';
import { runHere } from '../cli/support.js';
import { metricIn, until } from '../service/support.js';
import { filledIn, named, promql, traceql } from './asked.js';
import { alerts, dashboards, text, yaml } from './provisioned.js';
import { charges, startWatched, type Watched } from './watched.js';

const isMetrics = (query: string): boolean => /\|\s*(rate|count_over_time)\s*\(/.test(query);
const isTraceId = (query: string): boolean => /^[0-9a-f]+$/.test(query);

/** When the traces of the fixture are. */
const RANGE = {
  start: String(Date.parse('2020-01-01') / 1000),
  end: String(Date.parse('2030-01-01') / 1000),
};

let watched: Watched;
let url: string;
let scraped: readonly Series[];

beforeAll(async () => {
  watched = await startWatched();
  url = watched.url;
  await watched.send(charges(1, 1));
  await until(() => watched.receiver.spans.size === 1, 'the violation is sent');
  await fetch(`${url}/api/search?${new URLSearchParams({ q: '{}', ...RANGE })}`);
  scraped = readMetrics(`${await (await fetch(`${url}/metrics`)).text()}\n${await metricsOfTopic()}`);
});

/** What a service that reads a topic, or asks an engine, has in addition. */
async function metricsOfTopic(): Promise<string> {
  const registry = new Registry();
  const partitions = [{ partition: 0, lag: 0, behindMs: 0, uncommitted: 0, readBeforeMs: undefined }];
  sourceMetrics(registry, { counters: new SourceCounters(), partitions, problem: undefined });
  ownerMetrics(registry, new Leases(() => expect.fail('nobody asks')), { failures: 0 });
  const { registry: service, engineQuestions } = createMetrics();
  for (const outcome of ENGINE_OUTCOMES) engineQuestions.inc({ outcome }, 0);
  return (
    (await registry.metrics()) + (await service.getSingleMetricAsString('betrace_engine_questions_total'))
  );
}

afterAll(() => watched.stop());

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
        if (!definition) continue;
        const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
        expect([...labelsOf(filledIn(selector!), scraped)]).toContain(label);
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

describe('how one gets paged, in the README', () => {
  const section = /^## How do I get paged\n(.*?)^## /ms.exec(text('README.md'))![1]!;

  it('is five steps, by files that are there', () => {
    expect([...section.matchAll(/^(\d)\. /gm)].map(([, step]) => step)).toEqual(['1', '2', '3', '4', '5']);
    const files = named(section, /`((?:compose|provisioning|optional)\/[\w/.-]+\.yaml)`/g);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect(text(file)).not.toBe('');
    expect(text('optional/alerting/contact-points.yaml')).toContain('BETRACE_WEBHOOK_URL');
  });

  it('begins with a violation on purpose, which the service counts under the labels of the alert', async () => {
    const [, command] = /^ +betrace (send .*)$/m.exec(section)!;
    const words = command!.replace(/http:\/\/localhost:4318/, watched.otlp).split(' ');
    const sent = await runHere(...words);
    expect([sent.code, sent.err]).toEqual([0, '']);
    const [, example] = /```json\n(.*?)```/s.exec(section)!;
    const { labels, annotations } = JSON.parse(example!) as Record<string, Record<string, string>>;
    const { alertname, severity, product, ...ofSeries } = labels!;
    const alert = alerts.find(({ title }) => title === alertname)!;
    expect(alert.labels).toEqual({ severity, product });
    expect(Object.keys(ofSeries).sort()).toEqual(
      /^sum by \(([^)]*)\)/.exec(String(alert.data[0]!.model.expr))![1]!.split(', ').sort(),
    );
    const given = Object.keys(alert.annotations).filter((name) => !name.startsWith('__'));
    expect(Object.keys(annotations!).sort()).toEqual(given.sort());
    expect(annotations!.runbook_url).toBe(alert.annotations.runbook_url);
    await until(async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return metricIn(metrics, 'betrace_violations_total', { rule: ofSeries.rule!, severity: severity! }) > 0;
    }, 'the violation is counted');
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
    const labels = /\bby \(([^)]*)\)/.exec(query)?.[1]?.split(', ') ?? [];
    for (const label of shown) expect(labels).toContain(label);
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
    const [violation] = watched.receiver.spans.values();
    const offered = dashboards.flatMap(({ templating: { list } }) =>
      list.flatMap(({ query }) => (typeof query === 'object' && query.label ? [query.label] : [])),
    );
    const names = new Set([
      ...offered,
      ...traceql.flatMap(({ query }) => named(query, /span\.(betrace\.[\w.]+)/g)),
    ]);
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

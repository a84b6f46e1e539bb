/** The whole way: blocks that a real Tempo wrote, the service, an HTTP client. Expected numbers: test/fixtures/blocks. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../server/config/load.js';
import { type Service, startService } from '../../../server/service/service.js';
import { createLogger } from '../../../server/shared/log.js';
import { tempoAnswers } from '../../conformance/answers.js';
import { decodeProtobuf, decodeStrictly, sorted } from './decode.js';
import { call } from './streaming-client.js';

const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

let service: Service;
let shop: Service;
let work: string;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'betrace-tempo-api-'));
  service = await start('conf-v5', []);
  shop = await start('shop-v5', [pathOf('queries/shop')]);
});
afterAll(async () => {
  await service.stop();
  await shop.stop();
  rmSync(work, { recursive: true, force: true });
});

async function start(blocks: string, rules: readonly string[]): Promise<Service> {
  const settings = Object.entries({
    rules,
    'storage.blocks': pathOf(`test/fixtures/blocks/${blocks}`),
    'storage.cache_directory': join(work, 'cache', blocks),
    'http.port': 0,
  }).map(([name, value]) => ({ path: name.split('.'), value, place: 'the test' }));
  const { config } = await loadConfig({ env: {}, settings });
  const log = createLogger({ ...config.log, level: 'silent' });
  return await startService({ config, log, tokens: [], version: '1.2.3' });
}

/** The JSON, once protobuf has said the same. */
async function ask<T>(path: string, message: string, asked: Service = service): Promise<T> {
  const [text, bytes] = await Promise.all([
    fetch(`${asked.http.url}${path}`),
    fetch(`${asked.http.url}${path}`, { headers: { Accept: 'application/protobuf' } }),
  ]);
  expect([text.status, bytes.status]).toEqual([200, 200]);
  const json = decodeStrictly(message, await text.text()) as object;
  const proto = decodeProtobuf(message, new Uint8Array(await bytes.arrayBuffer())) as object;
  // What was read of storage depends on what was still in memory.
  const metrics = undefined;
  expect(sorted({ ...proto, metrics })).toEqual(sorted({ ...json, metrics }));
  return json as T;
}

const planted = JSON.parse(readFileSync(pathOf('test/fixtures/blocks/shop-v5/truth.json'), 'utf8')) as {
  readonly truth: Readonly<Record<string, readonly string[]>>;
  readonly split: readonly string[];
};

const q = (text: string): string => `q=${encodeURIComponent(text)}`;
const RANGE = 'start=1795132000&end=1795220000';

interface Found {
  readonly traces?: readonly {
    readonly traceID: string;
    readonly serviceStats: Readonly<Record<string, { readonly spanCount: number }>>;
    readonly spanSets: readonly {
      readonly matched?: number;
      readonly spans: readonly { readonly spanID: string }[];
    }[];
  }[];
  readonly metrics: unknown;
}

interface Series {
  readonly series?: readonly {
    readonly labels: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
    readonly samples?: readonly { readonly timestampMs: string; readonly value?: number }[];
    readonly value?: number;
  }[];
}

interface Resources {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly unknown[] }[];
  }[];
}

describe('search', () => {
  it.each([
    '{ name = "http.retry" } | count() > 3',
    '{ } | by(resource.service.name) | count() > 20',
    '{ span.list.str =~ "a|c" }',
  ])('finds what Tempo found: %s', async (query) => {
    const answer = tempoAnswers().get(query);
    if (answer?.kind !== 'search' || !('traces' in answer)) throw new Error(`no recorded answer: ${query}`);
    const found = await ask<Found>(
      `/api/search?${q(query)}&${RANGE}&limit=10000&spss=10000`,
      'tempopb.SearchResponse',
    );
    const ours = (found.traces ?? []).map(({ traceID, spanSets }) => ({
      id: traceID.padStart(32, '0'),
      sets: spanSets.map(({ matched, spans }) => ({
        matched,
        spans: spans.map(({ spanID }) => spanID).sort(),
      })),
    }));
    const theirs = answer.traces.map(({ id, sets }) => ({
      id,
      sets: sets.map(({ matched, spans }) => ({ matched, spans })),
    }));
    expect(ours.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(theirs);
  });

  it('shows everything that is stored without a range, the newest first', async () => {
    const found = await ask<Found>(`/api/search?${q('{ }')}&limit=5000&spss=1`, 'tempopb.SearchResponse');
    expect(found.traces).toHaveLength(1200);
    expect(found.metrics).toMatchObject({ inspectedTraces: 1200, inspectedSpans: '13466', totalBlocks: 1 });
  });

  it('finds nothing before and after', async () => {
    for (const range of ['start=1&end=2', 'start=1795300000&end=1795300001'])
      expect(
        await ask<Found>(`/api/search?${q('{ }')}&${range}`, 'tempopb.SearchResponse'),
      ).not.toHaveProperty('traces');
  });
});

describe('violations', () => {
  const { truth } = planted;

  it.each([
    ['double-charge', 'violations of double-charge'],
    [
      'fraud-check-required',
      'when { name = "payment.charge_card" && span.amount > 1000 } as c always { name = "fraud.check" } before c',
    ],
  ])('of %s are found as a search finds traces', async (planted, query) => {
    const path = `/api/search?${q(query)}&limit=1000&spss=10`;
    const { traces = [] } = await ask<Found>(path, 'tempopb.SearchResponse', shop);
    expect(traces.map(({ traceID }) => traceID.padStart(32, '0')).sort()).toEqual(
      [...(truth[planted] ?? [])].sort(),
    );
    for (const { spanSets } of traces)
      for (const { spans } of spanSets) expect(spans.length).toBeGreaterThan(0);
  });

  /** Searches show ids without the zeros that they begin with; violation spans have all of them. */
  it('are found by the links of Grafana from every trace that a search shows', async () => {
    const file = pathOf('server/grafana/provisioning/datasources/betrace.yaml');
    const queries = [
      ...readFileSync(file, 'utf8').matchAll(/\{ span\.betrace\.violation\.trace_id .*\}$/gm),
    ].map(([query]) => query.replaceAll('$$', '$'));
    expect(queries).toHaveLength(2);
    const ids = new Set<string>();
    for (const rule of Object.keys(truth).filter((id) => id !== 'split')) {
      const path = `/api/search?${q(`violations of ${rule}`)}&limit=1000&spss=1`;
      const { traces = [] } = await ask<Found>(path, 'tempopb.SearchResponse', shop);
      for (const { traceID } of traces) ids.add(traceID);
    }
    const short = [...ids].filter((id) => id.length < 32);
    expect([ids.size, short.length]).toEqual([158, 10]);
    for (const id of [...short, [...ids].find((other) => other.length === 32)!])
      for (const query of queries) {
        // What is looked for in the attribute, looked for in the ids themselves, which have all their digits too.
        const asked = query.replace('span.betrace.violation.trace_id', 'trace:id').replace(/\$\{[^}]*\}/, id);
        const path = `/api/search?${q(asked)}&spss=1`;
        const { traces = [] } = await ask<Found>(path, 'tempopb.SearchResponse', shop);
        expect([asked, traces.map(({ traceID }) => traceID)]).toEqual([asked, [id]]);
      }
  });

  it('over time, by version, are what a panel asks for', async () => {
    const { series = [] } = await ask<{
      readonly series?: { labels: { key: string }[]; samples: { value?: number }[] }[];
    }>(
      `/api/metrics/query_range?${q('violations of double-charge | count_over_time() by (resource.service.version)')}&step=3600&start=1795132800&end=1795219200`,
      'tempopb.QueryRangeResponse',
      shop,
    );
    expect(series.map(({ labels }) => labels.map(({ key }) => key))).toEqual(
      series.map(() => ['resource.service.version']),
    );
    const all = series.flatMap(({ samples }) => samples.map(({ value = 0 }) => value));
    expect(all.reduce((sum, value) => sum + value, 0)).toBe(truth['double-charge']?.length);
    for (const [path, query] of [
      ['query_range', 'violations of double-charge | rate()'],
      ['query', 'violations of double-charge | count_over_time()'],
      ['query_range', 'over 1h never { } | rate() by (resource.service.name) > 0'],
    ] as const) {
      const response = await fetch(
        `${shop.http.url}/api/metrics/${path}?${q(query)}&start=1795132800&end=1795219200`,
      );
      expect([query, response.status]).toEqual([query, 200]);
      expect(((await response.json()) as { series: unknown[] }).series.length).toBeGreaterThan(0);
    }
    const grouped = `${q('violations of double-charge | by(resource.service.name)')}&start=1795132800&end=1795219200`;
    const counts = await fetch(`${shop.http.url}/api/metrics/query?${grouped}`);
    expect(await counts.json()).toMatchObject({
      series: [
        {
          labels: [{ key: 'resource.service.name', value: { stringValue: 'payment' } }],
          value: truth['double-charge']?.length,
        },
      ],
    });
    const { traces } = await ask<{ readonly traces: { spanSets: { attributes: unknown }[] }[] }>(
      `/api/search?${grouped}`,
      'tempopb.SearchResponse',
      shop,
    );
    expect(traces.flatMap(({ spanSets }) => spanSets)).toEqual(
      truth['double-charge']?.map(() =>
        expect.objectContaining({
          attributes: expect.arrayContaining([
            { key: 'by(resource.service.name)', value: { stringValue: 'payment' } },
          ]),
        }),
      ),
    );
    expect(
      (await fetch(`${shop.http.url}/api/search?${q('violations of double-charge | by(trace:duration)')}`))
        .status,
    ).toBe(400);
    const byService = 'violations of double-charge | count_over_time() by (resource.service.name)';
    const range = { start: '1795132800000000000', end: '1795219200000000000' };
    for (const method of ['MetricsQueryRange', 'MetricsQueryInstant']) {
      const step = method === 'MetricsQueryRange' ? { step: '3600000000000' } : {};
      const { messages, error } = await call(shop.http, method, { ...range, ...step, query: byService });
      expect(error).toBeUndefined();
      const streamed = messages.flatMap((message) => (message as Series).series ?? []);
      expect(streamed.map(({ labels }) => labels)).toEqual([
        [{ key: 'resource.service.name', value: { stringValue: expect.any(String) } }],
      ]);
      const counted = streamed.flatMap(
        (result) => result.samples?.map(({ value = 0 }) => value) ?? [result.value ?? 0],
      );
      expect(counted.reduce((sum, value) => sum + value, 0)).toBe(truth['double-charge']?.length);
    }
    const search = await fetch(`${shop.http.url}/api/search?${q('violations of double-charge | rate()')}`);
    expect([search.status, await search.text()]).toEqual([
      400,
      expect.stringContaining('this query gives time series'),
    ]);
  });

  it('of a rule that is not there are refused, with the name that was meant', async () => {
    const response = await fetch(`${shop.http.url}/api/search?${q('violations of double-charg')}`);
    expect([response.status, await response.text()]).toEqual([
      400,
      'invalid TraceQL query: there is no rule `double-charg` among the 12 in force: did you mean `double-charge`?',
    ]);
  });
});

describe('metrics', () => {
  it('gives the series that Tempo gave', async () => {
    const query = '{ status = error } | rate() by (resource.service.name)';
    const answer = tempoAnswers().get(query);
    if (answer?.kind !== 'metrics') throw new Error(`no recorded answer: ${query}`);
    const { series = [] } = await ask<Series>(
      `/api/metrics/query_range?${q(query)}&${RANGE}&step=3h`,
      'tempopb.QueryRangeResponse',
    );
    const ours = series.map(({ labels, samples = [] }) => ({
      labels: Object.fromEntries(labels.map(({ key, value }) => [key, value.stringValue])),
      samples: samples.map(({ timestampMs, value = 0 }) => [Number(timestampMs), value]),
    }));
    expect(ours).toEqual(answer.series);
  });

  it('gives one value at an instant', async () => {
    const { series = [] } = await ask<Series>(
      `/api/metrics/query?${q('{ } | count_over_time()')}&${RANGE}`,
      'tempopb.QueryInstantResponse',
    );
    expect(series).toEqual([
      { labels: [{ key: '__name__', value: { stringValue: 'count_over_time' } }], value: 13466 },
    ]);
  });
});

describe('more series than the service lists', () => {
  const query = '{ } | count_over_time() by (span:id)';
  const partial = {
    status: 'PARTIAL',
    message:
      'there are more series than query.max_series: the first 1000 by their labels are here, each of them whole',
  };
  let all: readonly string[];
  beforeAll(async () => {
    const path = `/api/search?${q('{ }')}&${RANGE}&limit=10000&spss=10000`;
    const { traces = [] } = await ask<Found>(path, 'tempopb.SearchResponse');
    const ids = traces.flatMap(({ spanSets }) =>
      spanSets.flatMap(({ spans }) => spans.map(({ spanID }) => spanID)),
    );
    all = [...new Set(ids)].sort();
  });

  /** More than the engine holds as well. */
  it('are the first, with the partial status that Tempo has', async () => {
    expect(all.length).toBeGreaterThan(10_000);
    const paths = [
      [`/api/metrics/query_range?${q(query)}&${RANGE}&step=6h`, 'tempopb.QueryRangeResponse'],
      [`/api/metrics/query?${q(query)}&${RANGE}`, 'tempopb.QueryInstantResponse'],
    ] as const;
    for (const [path, message] of paths) {
      const { series = [], ...rest } = await ask<Series>(path, message);
      expect(rest).toMatchObject(partial);
      expect(series.map(({ labels }) => labels[0]?.value.stringValue)).toEqual(all.slice(0, 1000));
    }
  });

  it('are whole', async () => {
    const counted = await ask<Series>(
      `/api/metrics/query?${q('{ } | count_over_time() by (trace:id)')}&${RANGE}`,
      'tempopb.QueryInstantResponse',
    );
    expect(counted).toMatchObject({ status: 'PARTIAL' });
    for (const { labels, value } of (counted.series ?? []).slice(0, 3)) {
      const single = `{ trace:id = "${labels[0]?.value.stringValue}" } | count_over_time()`;
      const alone = await ask<Series>(
        `/api/metrics/query?${q(single)}&${RANGE}`,
        'tempopb.QueryInstantResponse',
      );
      expect(alone.series?.[0]?.value).toBe(value);
    }
  });

  it('are said to be so by streaming too', async () => {
    const { messages } = await call(service.http, 'MetricsQueryRange', {
      query,
      start: '1795132000000000000',
      end: '1795220000000000000',
      step: '21600000000000',
    });
    expect(messages.at(-1)).toMatchObject(partial);
    expect(messages.flatMap((message) => (message as Series).series ?? [])).toHaveLength(1000);
  });

  it('are refused where those that are left out could be the greatest', async () => {
    const path = `/api/metrics/query?${q(`${query} | topk(3)`)}&${RANGE}`;
    const response = await fetch(`${service.http.url}${path}`);
    expect([response.status, await response.text()]).toEqual([
      400,
      'the query makes more than 10000 series (BT3003)',
    ]);
  });

  it('may be few of what was asked, and are then all', async () => {
    const path = `/api/metrics/query?${q('{ } | count_over_time() by (trace:id) | topk(3)')}&${RANGE}`;
    const answer = await ask<Series>(path, 'tempopb.QueryInstantResponse');
    expect(answer.series).toHaveLength(3);
    expect(answer).not.toHaveProperty('status');
  });
});

/** Clients of JavaScript read these lists without a look whether they are there, as Tempo always writes them. */
describe('an answer without anything in it', () => {
  it.each([
    [`/api/search?${q('{ name = "nope" }')}&${RANGE}`, 'traces'],
    [`/api/metrics/query_range?${q('{ name = "nope" } | rate() by (name)')}&${RANGE}&step=3h`, 'series'],
    ['/api/search/tags?scope=link&start=1&end=2', 'tagNames'],
    ['/api/v2/search/tags?scope=link&start=1&end=2', 'scopes'],
    ['/api/search/tag/nope/values', 'tagValues'],
    ['/api/v2/search/tag/span.nope/values', 'tagValues'],
  ])('has its empty list all the same: %s', async (path, list) => {
    const response = await fetch(`${service.http.url}${path}`);
    expect(await response.json()).toHaveProperty(list, []);
  });

  it('is without a list at an instant, as with Tempo', async () => {
    const path = `/api/metrics/query?${q('{ name = "nope" } | rate() by (name)')}&${RANGE}`;
    const response = await fetch(`${service.http.url}${path}`);
    expect(await response.json()).not.toHaveProperty('series');
  });
});

it('exemplars are of spans of all durations, so that each quantile has some', async () => {
  const { series = [] } = await ask<{ readonly series?: { readonly exemplars?: readonly unknown[] }[] }>(
    `/api/metrics/query_range?${q('{ } | quantile_over_time(duration, .5, .9)')}&step=1800&start=1795132800&end=1795219200`,
    'tempopb.QueryRangeResponse',
    shop,
  );
  const counts = series.map(({ exemplars = [] }) => exemplars.length);
  expect(counts).toHaveLength(2);
  for (const count of counts) expect(count).toBeGreaterThan(20);
});

describe('a trace', () => {
  it('is whole in both versions, whatever is odd about it', async () => {
    const odd = await ask<Found>(
      `/api/search?${q('{ span.list.str =~ "a|c" }')}&limit=30`,
      'tempopb.SearchResponse',
    );
    expect(odd.traces).toHaveLength(30);
    for (const { traceID: id, serviceStats } of odd.traces ?? []) {
      const { trace } = await ask<{ trace: Resources }>(`/api/v2/traces/${id}`, 'tempopb.TraceByIDResponse');
      const v1 = await fetch(`${service.http.url}/api/traces/${id}`);
      const json = decodeStrictly('tempopb.BatchesTrace', await v1.text()) as { batches: unknown };
      expect(json.batches).toEqual(trace.resourceSpans);
      const spans = trace.resourceSpans?.flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) => spans),
      );
      const counted = Object.values(serviceStats).reduce((sum, { spanCount }) => sum + spanCount, 0);
      expect(spans).toHaveLength(counted);
    }
  });

  it('is cut to the spans that a filter matches, with those around them', async () => {
    const [id = ''] = planted.truth['double-charge'] ?? [];
    interface Answer {
      readonly trace: {
        readonly resourceSpans?: readonly { scopeSpans: readonly { spans: readonly Shown[] }[] }[];
      };
      readonly status?: string;
      readonly message?: string;
    }
    interface Shown {
      readonly spanId: string;
      readonly parentSpanId?: string;
      readonly name: string;
      readonly startTimeUnixNano: string;
      readonly endTimeUnixNano: string;
    }
    const cut = async (more: string) => {
      const answer = await ask<Answer>(`/api/v2/traces/${id}?${more}`, 'tempopb.TraceByIDResponse', shop);
      const { resourceSpans = [] } = answer.trace;
      const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
      return {
        spans,
        names: spans.map(({ name }) => name).sort(),
        partial: answer.status === 'PARTIAL',
        answer,
      };
    };
    const whole = await cut('');
    const charge = q('{ name = "payment.charge_card" }');
    const { names, answer } = await cut(charge);
    expect(names).toEqual(['payment.charge_card', 'payment.charge_card']);
    expect(answer.message).toBe('Trace filtered, only a subset of spans matching the filter is returned');
    // With the path to the root, or one step of it.
    const above = await cut(`${charge}&keep_hierarchy=true`);
    expect(new Set(above.names)).toEqual(
      new Set(['POST /checkout', 'checkout.place_order', 'payment.charge_card']),
    );
    const parents = await cut(`${charge}&keep_hierarchy=true&ancestor_depth=1`);
    expect(new Set(parents.names)).toEqual(new Set(['checkout.place_order', 'payment.charge_card']));
    expect((await cut(`${charge}&ancestor_depth=-9`)).names).toEqual(names);
    // Below: all of the tree, or the children alone.
    const root = q('{ nestedSetParent < 0 }');
    expect((await cut(`${root}&match_depth=-1`)).names).toEqual(whole.names);
    const children = whole.spans.filter(
      ({ parentSpanId }) => parentSpanId === whole.spans.find((span) => !span.parentSpanId)?.spanId,
    );
    expect((await cut(`${root}&match_depth=1`)).spans).toHaveLength(children.length + 1);
    // Nothing is left out, or everything; a filter without a match is no error.
    expect(await cut(q('{ }'))).toMatchObject({ names: whole.names, partial: false });
    expect(await cut(q('{ name = "nothing" }'))).toMatchObject({ names: [], partial: true });
    expect((await cut(`q=%20&match_depth=x`)).names).toEqual(whole.names);
    const lasts = ({ startTimeUnixNano, endTimeUnixNano }: Shown) =>
      Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano));
    expect((await cut(q('{ duration > 20ms || kind = consumer }'))).names).toEqual(
      expect.arrayContaining(whole.spans.filter((span) => lasts(span) > 20e6).map(({ name }) => name)),
    );
    // One that is stored in two blocks is looked at whole.
    const [split = ''] = planted.split;
    const parts = await ask<Answer>(
      `/api/v2/traces/${split}?${q('{ true }')}`,
      'tempopb.TraceByIDResponse',
      shop,
    );
    expect(parts.status).toBeUndefined();
  });

  it('that is not stored is empty', async () => {
    expect(await ask('/api/v2/traces/1234', 'tempopb.TraceByIDResponse')).toMatchObject({ trace: {} });
    expect((await fetch(`${service.http.url}/api/traces/1234`)).status).toBe(404);
  });
});

describe('tags', () => {
  it('are those of the blocks', async () => {
    const { scopes } = await ask<{ scopes: readonly { name: string; tags: readonly string[] }[] }>(
      '/api/v2/search/tags',
      'tempopb.SearchTagsV2Response',
    );
    const tagsOf = (scope: string): readonly string[] =>
      scopes.find(({ name }) => name === scope)?.tags ?? [];
    expect(tagsOf('resource')).toContain('service.name');
    expect(tagsOf('span')).toEqual(
      expect.arrayContaining(['amount', 'http.route', 'quoted "key"', 'ünï.cødé']),
    );
    expect(tagsOf('intrinsic')).toEqual(
      expect.arrayContaining(['duration', 'span:status', 'trace:rootName']),
    );
  });

  it('have values, also for a filter that is still being typed', async () => {
    const values = async (filter: string): Promise<unknown> =>
      await ask(
        `/api/v2/search/tag/resource.service.name/values?${q(filter)}`,
        'tempopb.SearchTagValuesV2Response',
      );
    const all = {
      tagValues: expect.arrayContaining([
        { type: 'string', value: 'payment' },
        { type: 'string', value: 'agent' },
      ]),
    };
    expect(await values('')).toMatchObject(all);
    expect(await values('{ span.amount = ')).toMatchObject(all);
    expect(await values('{ name = "payment.charge_card" && ')).toMatchObject({
      tagValues: [{ type: 'string', value: 'payment' }],
    });
  });

  it('of a status are words', async () => {
    expect(await ask('/api/v2/search/tag/status/values', 'tempopb.SearchTagValuesV2Response')).toMatchObject({
      tagValues: ['error', 'ok', 'unset'].map((value) => ({ type: 'keyword', value })),
    });
  });
});

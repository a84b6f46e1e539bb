/** Each endpoint over a real socket: what it asks, and in which form it answers. */

import { get as httpGet } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeProtobuf, decodeStrictly, sorted } from './decode.js';
import { INSPECTED, PARTLY_INSPECTED, TRACE } from './made-results.js';
import { serving } from './serving.js';

const ENDPOINTS = [
  ['/api/search?q=%7B%7D', 'tempopb.SearchResponse'],
  ['/api/search', 'tempopb.SearchResponse'],
  ['/api/traces/d1c5f0ef1f8ccaa24415f7d3b3c01', 'tempopb.BatchesTrace'],
  ['/api/v2/traces/d1c5f0ef1f8ccaa24415f7d3b3c01', 'tempopb.TraceByIDResponse'],
  ['/api/search/tags', 'tempopb.SearchTagsResponse'],
  ['/api/v2/search/tags', 'tempopb.SearchTagsV2Response'],
  ['/api/search/tag/http.status_code/values', 'tempopb.SearchTagValuesResponse'],
  ['/api/v2/search/tag/span.http.status_code/values', 'tempopb.SearchTagValuesV2Response'],
  ['/api/metrics/query_range?q=%7B%7D%7Crate()', 'tempopb.QueryRangeResponse'],
  ['/api/metrics/query?q=%7B%7D%7Crate()', 'tempopb.QueryInstantResponse'],
] as const;

describe.each(ENDPOINTS)('GET %s', (path, message) => {
  it('answers in JSON that a strict reader takes', async () => {
    const { get } = await serving();
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    decodeStrictly(message, await response.text());
  });

  it('answers the same in protobuf', async () => {
    const { get } = await serving();
    const json = decodeStrictly(message, await (await get(path)).text());
    const response = await get(path, { headers: { Accept: 'application/protobuf' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/protobuf/);
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(sorted(decodeProtobuf(message, bytes))).toEqual(sorted(json));
  });

  it('answers HEAD without a body', async () => {
    const { get } = await serving();
    const response = await get(path, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('search', () => {
  it('passes on query, range, limit and spans', async () => {
    const { get, asked } = await serving();
    await get('/api/search?q=%7B+name+%3D+%22a%22+%7D&limit=7&spss=2&start=1795132000&end=1795220000');
    expect(asked).toMatchObject([
      {
        kind: 'search',
        question: {
          text: '{ name = "a" }',
          query: { kind: 'search' },
          limit: 7,
          spansPerSpanset: 2,
          range: { start: 1_795_132_000_000_000_000n, end: 1_795_220_000_000_000_000n },
        },
      },
    ]);
  });

  it('has the defaults of Tempo, and by default looks at all that is stored', async () => {
    const { get, asked } = await serving();
    await get('/api/search?q=%7B%7D');
    expect(asked[0]?.question).toMatchObject({ limit: 20, spansPerSpanset: 3 });
    expect(asked[0]?.question).not.toHaveProperty('range');
  });

  it('looks back from the newest data where searches are bounded', async () => {
    const { get, asked } = await serving({}, { 'query.max_search_range': '168h' });
    await get('/api/search?q=%7B%7D');
    expect(asked[0]?.question).toMatchObject({
      range: { start: 1_794_614_400_000_000_000n, end: 1_795_219_200_000_000_000n },
    });
  });

  it('gives no more than the service allows', async () => {
    const { get, asked } = await serving({}, { 'query.max_traces': 50, 'query.max_spans_per_spanset': 5 });
    await get('/api/search?q=%7B%7D&limit=1000000&spss=1000000');
    expect(asked[0]?.question).toMatchObject({ limit: 50, spansPerSpanset: 5 });
  });

  it('takes no spans per spanset for the usual number, as Tempo does', async () => {
    const { get, asked } = await serving();
    await get('/api/search?q=%7B%7D&spss=0');
    expect(asked[0]?.question).toMatchObject({ spansPerSpanset: 3 });
  });

  it('gives no more than five million spans', async () => {
    const { get, asked } = await serving();
    await get('/api/search?q=%7B%7D&limit=10000&spss=1000');
    expect(asked[0]?.question).toMatchObject({ limit: 10_000, spansPerSpanset: 500 });
  });

  it.each([
    ['violations of double-charge', 'violations'],
    ['when { name = "a" } as c never { name = "b" } before c', 'rule'],
    ['{ .a } | by(resource.service.name)', 'search'],
  ])('takes %s for a query', async (text, kind) => {
    const { get, asked } = await serving();
    const response = await get(`/api/search?${new URLSearchParams({ q: text })}`);
    expect(response.status).toBe(200);
    expect(asked[0]).toMatchObject({ question: { text, query: { kind } } });
  });

  it('takes a form, for queries that are too long for a URL', async () => {
    const { get, asked } = await serving();
    const q = `{ name = "${'x'.repeat(50_000)}" }`;
    const response = await get('/api/search', {
      method: 'POST',
      body: new URLSearchParams({ q, limit: '5' }),
    });
    expect(response.status).toBe(200);
    expect(asked[0]?.question).toMatchObject({ text: q, limit: 5 });
  });

  it.each([
    ['tags=service.name%3Dcart', '{ .service.name =~ "(?i).*cart.*" }'],
    [
      'tags=service.name%3Dcart+name%3D%22GET+%2F%22',
      '{ .service.name =~ "(?i).*cart.*" } && { span:name =~ "(?i).*GET /.*" }',
    ],
    ['tags=http.status_code%3D200', '{ .http.status_code =~ "(?i).*200.*" || .http.status_code = 200 }'],
    ['tags=cached%3Dtrue', '{ .cached =~ "(?i).*true.*" || .cached = true }'],
    ['tags=error%3Dtrue', '{ span:status = error || .error = true }'],
    ['tags=status%3Derror', '{ span:status = error }'],
    ['tags=status.code%3D2', '{ span:status = error }'],
    ['tags=status%3Dbad', '{ false }'],
    ['tags=root.service.name%3Da.b', '{ trace:rootService =~ "(?i).*a\\\\.b.*" }'],
    ['tags=a%3D%22say+%5C%22hi%5C%22%22', '{ .a =~ "(?i).*say \\"hi\\".*" }'],
    [
      'minDuration=100ms&maxDuration=1.5s&start=1&end=2',
      '{ trace:duration >= 100000000ns } && { trace:duration <= 1500000000ns }',
    ],
    ['service.name=cart', '{ .service.name =~ "(?i).*cart.*" }'],
    ['service.name=cart&start=1&end=2', '{ }'],
    ['limit=3', '{ }'],
  ])('takes the older form %s', async (query, text) => {
    const { get, asked } = await serving();
    const response = await get(`/api/search?${query}`);
    expect([response.status, asked.map(({ question }) => (question as { text: string }).text)]).toEqual([
      200,
      [text],
    ]);
  });
});

describe('metrics', () => {
  const question = async (path: string): Promise<unknown> => {
    const { get, asked } = await serving();
    const response = await get(path);
    expect([response.status, asked.length]).toEqual([200, 1]);
    return asked[0]?.question;
  };
  const rate = 'q=%7B%7D%7Crate()';
  const S = 1_000_000_000n;

  it.each([
    ['start=1795132000&end=1795220000', 1_795_132_000n * S, 1_795_220_000n * S],
    [
      'start=1795132000123456789&end=1795220000000000001',
      1_795_132_000_123_456_789n,
      1_795_220_000_000_000_001n,
    ],
    ['start=1795132000.25&end=1795220000', 1_795_132_000_250_000_000n, 1_795_220_000n * S],
    [
      'start=2026-11-20T00:00:00Z&end=2026-11-20T02:00:00.5%2B01:00',
      1_795_132_800n * S,
      1_795_136_400_500_000_000n,
    ],
    ['', 1_795_215_600n * S, 1_795_219_200n * S],
    ['since=2h', 1_795_212_000n * S, 1_795_219_200n * S],
    ['since=1d&end=1795200000', 1_795_113_600n * S, 1_795_200_000n * S],
    ['start=1795215600', 1_795_215_600n * S, 1_795_219_200n * S],
  ])('reads the range of "%s"', async (range, start, end) => {
    expect(await question(`/api/metrics/query_range?${rate}&${range}`)).toMatchObject({
      range: { start, end },
    });
  });

  it.each([
    ['step=15s', 15n * S],
    ['step=15', 15n * S],
    ['step=0.5', S / 2n],
    ['step=1m30s', 90n * S],
    ['', 15n * S],
    ['start=1795132000&end=1795220000', 366n * S - 66n * S],
  ])('reads the step of "%s"', async (step, expected) => {
    expect(await question(`/api/metrics/query_range?${rate}&${step}`)).toMatchObject({ step: expected });
  });

  it('has a hundred exemplars unless fewer are asked for, and none at an instant', async () => {
    expect(await question(`/api/metrics/query_range?${rate}`)).toMatchObject({ exemplars: 100 });
    expect(await question(`/api/metrics/query_range?${rate}&exemplars=7`)).toMatchObject({ exemplars: 7 });
    expect(await question(`/api/metrics/query_range?${rate}&exemplars=700`)).toMatchObject({
      exemplars: 100,
    });
    expect(await question(`/api/metrics/query?${rate}`)).toMatchObject({ exemplars: 0 });
    expect(await question(`/api/metrics/query?${rate}&step=5m`)).not.toHaveProperty('step');
  });

  it("takes Prometheus' name of the parameter, and forms", async () => {
    expect(await question('/api/metrics/query_range?query=%7B%7D%7Crate()')).toMatchObject({
      text: '{}|rate()',
    });
    const { get, asked } = await serving();
    const body = new URLSearchParams({ q: '{ } | rate()', start: '1', end: '2' });
    expect((await get('/api/metrics/query_range', { method: 'POST', body })).status).toBe(200);
    expect((await get('/api/metrics/query', { method: 'POST', body })).status).toBe(200);
    const form = { text: '{ } | rate()', range: { start: S, end: 2n * S } };
    expect(asked).toMatchObject([{ question: form }, { question: form }]);
  });
});

describe('a trace', () => {
  it.each(['1', 'ABCDEF', '0'.repeat(32), 'f'.repeat(32)])('is asked for by %s', async (id) => {
    const { get, asked } = await serving();
    expect((await get(`/api/v2/traces/${id}?start=10&end=20`)).status).toBe(200);
    expect(asked[0]?.question).toEqual({
      traceId: id.toLowerCase().padStart(32, '0'),
      range: { start: 10_000_000_000n, end: 20_000_000_000n },
    });
  });

  it('that is not there is 404 in the first version and empty in the second', async () => {
    const { get } = await serving({ trace: async () => ({ ...TRACE, resourceSpans: [] }) });
    const first = await get('/api/traces/1');
    expect([first.status, await first.text()]).toEqual([404, 'trace not found']);
    const second = await get('/api/v2/traces/1', { headers: { Accept: 'application/protobuf' } });
    const bytes = new Uint8Array(await second.arrayBuffer());
    expect(second.status).toBe(200);
    expect(decodeProtobuf('tempopb.TraceByIDResponse', bytes)).toEqual({
      trace: {},
      metrics: { inspectedBytes: String(INSPECTED.bytes) },
    });
  });

  it('says that it is partial', async () => {
    const { get } = await serving({ trace: async () => ({ ...TRACE, inspected: PARTLY_INSPECTED }) });
    const json = decodeStrictly('tempopb.TraceByIDResponse', await (await get('/api/v2/traces/1')).text());
    expect(json).toMatchObject({ status: 'PARTIAL', message: expect.stringContaining('BT4010') });
  });
});

describe('tags', () => {
  it('come by scope in the second version and without in the first', async () => {
    const { get } = await serving();
    const second = decodeStrictly(
      'tempopb.SearchTagsV2Response',
      await (await get('/api/v2/search/tags')).text(),
    );
    expect(second).toMatchObject({
      scopes: [
        { name: 'resource', tags: ['service.name'] },
        { name: 'span', tags: ['http.route', 'service.name'] },
        { name: 'intrinsic', tags: ['span:status'] },
      ],
    });
    const first = decodeStrictly('tempopb.SearchTagsResponse', await (await get('/api/search/tags')).text());
    expect(first).toMatchObject({ tagNames: ['http.route', 'service.name'] });
  });

  it('are asked for with filters', async () => {
    const { get, asked } = await serving();
    await get('/api/v2/search/tags?scope=span&limit=5000&q=%7B+.a+%3D&start=1&end=2&maxStaleValues=9');
    await get('/api/v2/search/tags?scope=none');
    expect(asked).toEqual([
      {
        kind: 'tagNames',
        question: {
          scope: 'span',
          limit: 5000,
          query: '{ .a =',
          range: { start: 1_000_000_000n, end: 2_000_000_000n },
        },
      },
      { kind: 'tagNames', question: {} },
    ]);
  });

  it.each([
    ['/api/v2/search/tag/span.http.route/values?q=%7B%7D', { tag: 'span.http.route', query: '{}' }],
    ['/api/v2/search/tag/.a%2Fb/values', { tag: '.a/b' }],
    ['/api/v2/search/tag/.a/b/values', { tag: '.a/b' }],
    ['/api/v2/search/tag/span:status/values?limit=3', { tag: 'span:status', limit: 3 }],
    ['/api/search/tag/service.name/values', { tag: 'service.name' }],
    ['/api/v2/search/tag/values/values', { tag: 'values' }],
  ])('have values: %s', async (path, question) => {
    const { get, asked } = await serving();
    expect((await get(path)).status).toBe(200);
    expect(asked).toEqual([{ kind: 'tagValues', question }]);
  });

  it('have values with types in the second version and as text in the first', async () => {
    const { get } = await serving();
    const second = await (await get('/api/v2/search/tag/.a/values')).text();
    expect(decodeStrictly('tempopb.SearchTagValuesV2Response', second)).toMatchObject({
      tagValues: [
        { type: 'int', value: '200' },
        { type: 'string', value: '200' },
        { type: 'string', value: 'OK' },
      ],
    });
    const first = await (await get('/api/search/tag/a/values')).text();
    expect(decodeStrictly('tempopb.SearchTagValuesResponse', first)).toMatchObject({
      tagValues: ['200', 'OK'],
    });
  });
});

describe('status', () => {
  it('answers what Grafana tests a data source with', async () => {
    const { get } = await serving();
    const echo = await get('/api/echo');
    expect([echo.status, await echo.text()]).toEqual([200, 'echo']);
    expect((await get('/ready')).status).toBe(200);
  });

  it('has the fields of Tempo about the build', async () => {
    const { get } = await serving();
    const json: unknown = await (await get('/api/status/buildinfo')).json();
    expect(json).toEqual({
      version: '1.2.3',
      revision: '',
      branch: '',
      buildDate: '',
      buildUser: '',
      goVersion: '',
    });
  });
});

describe('a large answer', () => {
  const raw = (url: string, headers: Record<string, string>): Promise<{ encoding?: string; body: Buffer }> =>
    new Promise((resolve, reject) => {
      httpGet(url, { headers }, async (response) => {
        const body = Buffer.concat(await response.toArray());
        const encoding = response.headers['content-encoding'];
        resolve({ body, ...(encoding === undefined ? {} : { encoding }) });
      }).once('error', reject);
    });

  it('is compressed for whoever can read that', async () => {
    const { url } = await serving();
    const path = `${url}/api/search?q=%7B%7D`;
    const plain = await raw(path, {});
    const zipped = await raw(path, { 'Accept-Encoding': 'gzip' });
    const refused = await raw(path, { 'Accept-Encoding': 'gzip;q=0' });
    expect([plain.encoding, zipped.encoding, refused.encoding]).toEqual([undefined, 'gzip', undefined]);
    expect(zipped.body.length).toBeLessThan(plain.body.length);
    expect(gunzipSync(zipped.body)).toEqual(plain.body);
  });
});

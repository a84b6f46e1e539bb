/** Streaming as Grafana asks for it: gRPC in plain text, at the port where HTTP is answered too. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { QueryError } from '../../../engine/query/query-error.js';
import type { Call } from '../../../server/http/call.js';
import { decodeStrictly, sorted } from './decode.js';
import { SEARCH } from './made-results.js';
import { serving } from './serving.js';
import { call } from './streaming-client.js';

const METHODS = [
  [
    'Search',
    'SearchRequest',
    'SearchResponse',
    { Query: '{ }', Limit: 7, SpansPerSpanSet: 2, start: 10, end: 20 },
  ],
  ['SearchTags', 'SearchTagsRequest', 'SearchTagsResponse', { scope: 'span', start: 10, end: 20 }],
  ['SearchTagsV2', 'SearchTagsRequest', 'SearchTagsV2Response', { query: '{ .a = ', maxTagsPerScope: 9 }],
  [
    'SearchTagValues',
    'SearchTagValuesRequest',
    'SearchTagValuesResponse',
    { tagName: 'a/b', maxTagValues: 3 },
  ],
  [
    'SearchTagValuesV2',
    'SearchTagValuesRequest',
    'SearchTagValuesV2Response',
    { tagName: '.a', query: '{ }' },
  ],
  [
    'MetricsQueryRange',
    'QueryRangeRequest',
    'QueryRangeResponse',
    { query: '{ } | rate()', start: '10000000001', end: '20000000002', step: '1500000000', exemplars: 5 },
  ],
  ['MetricsQueryInstant', 'QueryInstantRequest', 'QueryInstantResponse', { query: '{ } | rate()' }],
] as const;

describe('a method of gRPC', () => {
  it.each(METHODS)('%s answers with a %s', async (name, _request, response, request) => {
    const service = await serving();
    const { messages, error } = await call(service, name, request);
    expect(error).toBeUndefined();
    expect(messages).toHaveLength(1);
    decodeStrictly(`tempopb.${response}`, JSON.stringify(messages[0]));
  });

  it('asks what the same request by HTTP asks', async () => {
    const service = await serving();
    await call(service, 'Search', { Query: '{ .a }', Limit: 7, SpansPerSpanSet: 2, start: 10, end: 20 });
    await service.get('/api/search?q=%7B+.a+%7D&limit=7&spss=2&start=10&end=20');
    await call(service, 'Search', { Tags: { name: 'a "b"' }, MinDurationMs: 5 });
    await service.get('/api/search?tags=name%3D%22a+%5C%22b%5C%22%22&minDuration=5ms');
    await call(service, 'MetricsQueryRange', {
      query: '{ } | rate()',
      start: '10000000001',
      end: '20000000002',
      step: '1500000000',
      exemplars: 5,
    });
    await service.get(
      '/api/metrics/query_range?q=%7B+%7D+%7C+rate()&start=0000000010000000001&end=0000000020000000002&step=1.5&exemplars=5',
    );
    await call(service, 'MetricsQueryInstant', { query: '{ } | rate()' });
    await service.get('/api/metrics/query?q=%7B+%7D+%7C+rate()');
    await call(service, 'SearchTagValuesV2', {
      tagName: '.a',
      query: '{',
      maxTagValues: 3,
      start: 1,
      end: 2,
    });
    await service.get('/api/v2/search/tag/.a/values?q=%7B&limit=3&start=1&end=2');
    await call(service, 'SearchTagsV2', { scope: 'span', maxTagsPerScope: 3 });
    await service.get('/api/v2/search/tags?scope=span&limit=3');
    const { asked } = service;
    expect(asked).toHaveLength(12);
    for (let n = 0; n < asked.length; n += 2) expect(asked[n]).toEqual(asked[n + 1]);
  });

  it('answers what HTTP answers', async () => {
    const service = await serving();
    const { messages } = await call(service, 'Search', { Query: '{ }' });
    const json = await (await service.get('/api/search?q=%7B%7D')).json();
    expect(sorted(messages[0])).toEqual(sorted(json));
  });

  it('cuts a large answer into messages that clients take', async () => {
    const [first] = SEARCH.traces;
    const traces = Array.from({ length: 4000 }, (_, n) => ({ ...first!, start: BigInt(n + 1) }));
    const service = await serving({ search: async () => ({ ...SEARCH, traces }) });
    const { messages, error } = await call(service, 'Search', { Query: '{ }' });
    expect(error).toBeUndefined();
    expect(messages.length).toBeGreaterThan(2);
    const parts = messages as readonly {
      traces: readonly { startTimeUnixNano: string }[];
      metrics?: unknown;
    }[];
    expect(parts.map(({ metrics }) => metrics !== undefined)).toEqual(
      parts.map((_, n) => n === parts.length - 1),
    );
    expect(parts.flatMap((part) => part.traces.map(({ startTimeUnixNano }) => startTimeUnixNano))).toEqual(
      traces.map(({ start }) => String(start)),
    );
  });
});

describe('an error of gRPC', () => {
  it.each([
    ['Search', { Query: '{' }, status.INVALID_ARGUMENT, /^invalid TraceQL query: parse error/],
    ['Search', { Query: '{ }', start: 9, end: 5 }, status.INVALID_ARGUMENT, /start must be before end/],
    ['MetricsQueryRange', { query: '{ }' }, status.INVALID_ARGUMENT, /gives no time series/],
    ['SearchTagsV2', { scope: 'all' }, status.INVALID_ARGUMENT, /invalid scope/],
  ])('%s %o', async (name, request, code, text) => {
    const { error } = await call(await serving(), name, request);
    expect([error?.code, error?.details]).toEqual([code, expect.stringMatching(text)]);
  });

  it('for a defect says nothing but that it is in the log', async () => {
    const failing = { search: () => Promise.reject(new QueryError('BT3001', 'secret')) };
    const { error } = await call(await serving(failing), 'Search', { Query: '{ }' });
    expect([error?.code, error?.details]).toEqual([
      status.INTERNAL,
      'an unexpected error happened; the log has it',
    ]);
  });

  it('for a question that takes too long', async () => {
    const slow = { search: () => new Promise<never>(() => undefined) };
    const { error } = await call(await serving(slow, { 'query.timeout': '50ms' }), 'Search', {
      Query: '{ }',
    });
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
  });

  it('for tenants and tokens is that of HTTP', async () => {
    const secrets = [{ name: 'team', secret: 's3cret', tenants: ['a'] }];
    const service = await serving({}, { multitenancy_enabled: true }, secrets);
    const codeOf = async (headers: Readonly<Record<string, string>>): Promise<status | undefined> =>
      (await call(service, 'Search', { Query: '{ }' }, headers)).error?.code;
    expect(await codeOf({ 'x-scope-orgid': 'a' })).toBe(status.UNAUTHENTICATED);
    expect(await codeOf({ authorization: 'Bearer wrong', 'x-scope-orgid': 'a' })).toBe(
      status.UNAUTHENTICATED,
    );
    expect(await codeOf({ authorization: 'Bearer s3cret' })).toBe(status.UNAUTHENTICATED);
    expect(await codeOf({ authorization: 'Bearer s3cret', 'x-scope-orgid': 'b' })).toBe(
      status.PERMISSION_DENIED,
    );
    expect(await codeOf({ authorization: 'Bearer s3cret', 'x-scope-orgid': 'a' })).toBeUndefined();
  });
});

it('ends the question when the client cancels it', async () => {
  const reason = await new Promise((resolve) => {
    let asked = (): void => undefined;
    const cancelled = new Promise<void>((now) => {
      asked = now;
    });
    const search = ({ signal }: Call): Promise<never> => {
      signal.addEventListener('abort', () => resolve(signal.reason));
      asked();
      return new Promise<never>(() => undefined);
    };
    void serving({ search }).then((service) => call(service, 'Search', { Query: '{ }' }, {}, cancelled));
  });
  expect(reason).toMatchObject({ status: 499 });
});

it('ends the question when the service stops', async () => {
  const search = (): Promise<never> => {
    void service.stop();
    return new Promise<never>(() => undefined);
  };
  const service = await serving({ search }, { 'http.shutdown_timeout': '50ms' });
  const { error } = await call(service, 'Search', { Query: '{ }' });
  expect([error?.code, error?.details]).toEqual([status.UNAVAILABLE, 'the service is stopping']);
});

describe('the port that two protocols share', () => {
  const talk = async (url: string, ...pieces: readonly string[]): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    for (const piece of pieces) {
      socket.write(piece);
      await sleep(30);
    }
    await Promise.race([new Promise((resolve) => socket.once('close', resolve)), sleep(300)]);
    socket.destroy();
    return text;
  };

  it.each([
    ['at once', ['GET /api/echo HTTP/1.1\r\nHost: localhost\r\n\r\n']],
    ['byte by byte', ['G', 'ET', ' /api/echo HTTP/1.1\r\nHost: loc', 'alhost\r\n\r\n']],
  ])('answers HTTP/1 that comes %s', async (_, pieces) => {
    const { url } = await serving();
    expect(await talk(url, ...pieces)).toMatch(/^HTTP\/1\.1 200 OK.*echo$/s);
  });

  it('tells a method from the beginning of HTTP/2', async () => {
    const { url } = await serving();
    const body = 'q=%7B%7D';
    const head = `OST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n`;
    expect(await talk(url, 'P', `${head}Content-Length: ${body.length}\r\n\r\n${body}`)).toMatch(
      /^HTTP\/1\.1 200/,
    );
    expect(await talk(url, 'PR', 'OPFIND / HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(/^HTTP\/1\.1 404/);
  });

  it('cuts off a connection that says nothing', async () => {
    const { url } = await serving({}, { 'http.headers_timeout': '100ms' });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const started = performance.now();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(performance.now() - started).toBeLessThan(9_000);
  });

  it('survives what is neither', async () => {
    const { url, get } = await serving();
    for (const bytes of [
      'PRI * HTTP/2.0\r\n\r\nnonsense',
      '\u0000\u0001\u0002',
      'PRI \n\n',
      'x'.repeat(300_000),
    ])
      await talk(url, bytes);
    expect((await get('/api/echo')).status).toBe(200);
  });
});

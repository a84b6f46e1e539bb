/** What a web page could have a browser do to the ports of whoever looks at it: nothing. */
import { request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type Running, start, temporaryDirectory } from './support.js';

interface Asked {
  readonly path: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** `fetch` would set the name of the host itself. */
async function ask(port: number, { path, method = 'GET', headers }: Asked): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const body = method === 'POST' ? '{"resourceSpans":[]}' : '';
    const asking = httpRequest({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    asking.on('error', reject).end(body);
  });
}

const JSON_BODY = { 'content-type': 'application/json' };
const SPANS = { path: '/v1/traces', method: 'POST', headers: JSON_BODY };
const EVIL = 'http://evil.example';

async function startBoth(settings: Readonly<Record<string, unknown>> = {}): Promise<Running> {
  const live = { 'otlp.http_port': 0, 'live.directory': temporaryDirectory() };
  return await start({ settings: { ...live, ...settings } });
}

const otlpPort = ({ live }: Running): number => live?.httpPort ?? 0;

const ENDPOINTS = [
  '/',
  '/metrics',
  '/-/ready',
  '/-/healthy',
  '/ready',
  '/nothing',
  '/api/echo',
  '/api/search?q=%7B%7D',
  '/api/search/tags',
  '/api/traces/1',
  '/api/metrics/query?q=%7B%7D%7Crate()',
  '/api/status/buildinfo',
  '/betrace/v1/info',
  '/betrace/v1/openapi.json',
  '/betrace/v1/rules',
];

describe('a page of another origin', () => {
  test('is refused at every endpoint, with a code', async () => {
    const { http, metric, queries } = {
      queries: 'betrace_query_duration_seconds_count',
      ...(await startBoth()),
    };
    for (const path of ENDPOINTS)
      for (const headers of [{ origin: EVIL }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
        const { status, headers: answered } = await ask(http.port, { path, headers });
        expect([path, headers, status]).toEqual([path, headers, 403]);
        expect(answered).not.toHaveProperty('access-control-allow-origin');
      }
    expect(await metric(queries, { kind: 'search' })).toBe(0);
    expect(await metric('betrace_http_requests_refused_total', { reason: 'origin' })).toBe(
      3 * ENDPOINTS.length,
    );
    const { text } = await ask(http.port, { path: '/betrace/v1/info', headers: { origin: EVIL } });
    expect(JSON.parse(text)).toMatchObject({ status: 403, code: 'BT5018' });
  });

  test('may be followed by a link, and is no matter for a page of the service itself', async () => {
    const { http } = await startBoth();
    const own = `localhost:${http.port}`;
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { origin: `http://${own}`, host: own },
      // Behind a proxy that speaks TLS.
      { origin: `https://${own}`, host: own },
    ])
      expect([headers, (await ask(http.port, { path: '/', headers })).status]).toEqual([headers, 200]);
  });

  test('is refused where spans are received, unless it is named', async () => {
    const closed = await startBoth();
    const foreign = await ask(otlpPort(closed), { ...SPANS, headers: { ...JSON_BODY, origin: EVIL } });
    expect([foreign.status, foreign.text]).toEqual([403, expect.stringContaining('BT5018')]);
    const shop = 'https://shop.example';
    const open = await startBoth({ 'otlp.cors_origins': [shop] });
    const asked = await ask(otlpPort(open), { ...SPANS, method: 'OPTIONS', headers: { origin: shop } });
    expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([204, shop]);
    const sent = await ask(otlpPort(open), { ...SPANS, headers: { ...JSON_BODY, origin: shop } });
    expect([sent.status, sent.headers['access-control-allow-origin']]).toEqual([200, shop]);
    expect((await ask(otlpPort(open), { ...SPANS, headers: { ...JSON_BODY, origin: EVIL } })).status).toBe(
      403,
    );
  });
});

describe('a name that a page has made for a loopback address', () => {
  test('is refused where spans are received, and others are not', async () => {
    const service = await startBoth();
    const port = otlpPort(service);
    for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', '[::1]:4318', 'LOCALHOST:1'])
      expect([host, (await ask(port, { ...SPANS, headers: { ...JSON_BODY, host } })).status]).toEqual([
        host,
        200,
      ]);
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', '10.0.0.1']) {
      const { status, text } = await ask(port, { ...SPANS, headers: { ...JSON_BODY, host } });
      expect([host, status, text]).toEqual([host, 421, expect.stringContaining('BT5015')]);
    }
  });

  test('is taken where it is configured, and on other addresses', async () => {
    const named = await startBoth({ 'otlp.allowed_hosts': ['collector.example'] });
    const everywhere = await startBoth({ 'otlp.address': '0.0.0.0' });
    const host = 'Collector.example:4318';
    for (const service of [named, everywhere])
      expect((await ask(otlpPort(service), { ...SPANS, headers: { ...JSON_BODY, host } })).status).toBe(200);
    const evil = { ...JSON_BODY, host: 'evil.example' };
    expect((await ask(otlpPort(named), { ...SPANS, headers: evil })).status).toBe(421);
    // A service that others reach goes by whatever name they have for it, but not for scripts of elsewhere.
    const scripted = { ...JSON_BODY, host, origin: EVIL };
    expect((await ask(otlpPort(everywhere), { ...SPANS, headers: scripted })).status).toBe(403);
  });
});

test('a connection to the port for spans may idle for longer than a minute', async () => {
  const service = await startBoth();
  const { headers } = await ask(otlpPort(service), {
    ...SPANS,
    headers: { ...JSON_BODY, connection: 'keep-alive' },
  });
  expect(headers['keep-alive']).toBe('timeout=75');
});

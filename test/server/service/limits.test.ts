import { once } from 'node:events';
import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SHOP_RULES, start } from './support.js';

/** Sends bytes as they are and returns all that comes back until the connection ends. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

async function statusOf(port: number, path: string, headers: Record<string, string> = {}): Promise<number> {
  return await new Promise((resolve, reject) => {
    rawRequest({ port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

test('a URL beyond the bound is refused, one at the bound is not', async () => {
  const { get } = await start({ settings: { 'http.max_url': 20_000 } });
  const padded = (length: number): string => `/api/echo?${'x'.repeat(length - '/api/echo?'.length)}`;
  expect((await get(padded(20_000))).status).toBe(200);
  const refused = await get(padded(20_001));
  expect([refused.status, await refused.text()]).toEqual([414, 'the URL is longer than 20000 bytes']);
  // What Node itself refuses before any of our code.
  expect((await get(padded(60_000))).status).toBe(431);
});

test('a body beyond the bound is refused', async () => {
  const { get } = await start({ settings: { 'http.max_body': 2000 } });
  const post = (text: string): Promise<Response> =>
    get('/betrace/v1/rules/check', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    });
  expect((await post('')).status).toBe(200);
  const refused = await post('x'.repeat(2000));
  expect([refused.status, refused.headers.get('content-type')]).toEqual([
    413,
    'application/problem+json; charset=utf-8',
  ]);
});

test.each(['', 'GET /-/ready HTTP/1.1\r\nHost: localhost\r\nX-Slow: '])(
  'a client that takes its time with its headers is cut off: %j',
  async (start_) => {
    const { http } = await start({
      settings: { 'http.headers_timeout': '300ms', 'http.request_timeout': '600ms' },
    });
    const began = performance.now();
    const answer = await raw(http.port, start_);
    expect(performance.now() - began).toBeLessThan(9_000);
    expect(answer).toMatch(/^(?:HTTP\/1\.1 408 Request Timeout\r\n.*)?$/s);
  },
);

test('a client that was in time is answered, however busy the service was then', async () => {
  const headersTimeout = 300;
  const { http } = await start({ settings: { 'http.headers_timeout': `${headersTimeout}ms` } });
  const socket = connect(http.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  await sleep(headersTimeout / 6);
  // Timers come after this, and only then what there is to read.
  await new Promise(setImmediate);
  socket.write('GET /-/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  const busyUntil = performance.now() + 2 * headersTimeout;
  while (performance.now() < busyUntil);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /u);
});

test('a client that takes its time with its body is cut off', async () => {
  const { http } = await start({
    settings: { 'http.headers_timeout': '300ms', 'http.request_timeout': '600ms' },
  });
  const began = performance.now();
  await raw(
    http.port,
    'POST /betrace/v1/rules/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"te',
  );
  expect(performance.now() - began).toBeLessThan(9_000);
});

test.each([
  'GARBAGE\r\n\r\n',
  'GET /api/search HTTP/1.1\r\n\r\n',
  'GET http:// HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'GET //evil.example/.. HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'GET /\u0000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'POST /betrace/v1/rules/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
])('what is no proper request is refused and nothing else happens: %j', async (text) => {
  const { http, get, log } = await start();
  expect(await raw(http.port, text)).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect((await get('/-/ready')).status).toBe(200);
  expect(log.join('')).not.toContain('unexpectedly');
});

const HOSTILE = [
  '%',
  '%00',
  '%ff%fe',
  '..%2f..%2fetc%2fpasswd',
  '%252e%252e',
  '__proto__',
  'constructor',
  '[object%20Object]',
  '-1',
  '1e999',
  '99999999999999999999',
  'NaN',
  '%F0%9F%92%A9',
  "';DROP%20TABLE%20spans;--",
  '%3Cscript%3E',
  'x'.repeat(5000),
  '%0d%0aSet-Cookie:%20a=b',
];

describe.each(['/betrace/v1/', '/api/'])('hostile text under %s', (base) => {
  const paths =
    base === '/api/'
      ? [
          'search?q=',
          'search?limit=',
          'search?start=1&end=',
          'traces/',
          'v2/traces/',
          'v2/search/tag/',
          'v2/search/tags?scope=',
          'metrics/query_range?q=',
          'metrics/query_range?q={}|rate()&step=',
        ]
      : [
          'rules/',
          'rules/x/explain?',
          'replays/',
          'replays/x/events?',
          'violations?rule=',
          'violations?rule=double-charge&limit=',
          'violations?rule=double-charge&from=',
          'traces/',
          'schema/attributes?scope=',
          'schema/values?scope=span&key=',
          'schema/span-names?limit=',
          'info?',
        ];
  test.each(paths)('%s', async (path) => {
    const { get, log } = await start({ settings: { rules: [SHOP_RULES] } });
    for (const text of HOSTILE) {
      const { status, headers } = await get(`${base}${path}${text}`);
      expect([text, [200, 400, 403, 404, 422].includes(status), status]).toEqual([text, true, status]);
      expect(headers.get('set-cookie')).toBeNull();
    }
    expect(log.join('')).not.toContain('unexpectedly');
    expect((await get('/-/ready')).status).toBe(200);
  });
});

test('a parameter given twice is refused', async () => {
  const { get } = await start({ settings: { rules: [SHOP_RULES] } });
  expect((await get('/betrace/v1/violations?rule=a&rule=b')).status).toBe(400);
  expect((await get('/betrace/v1/violations?rule[x]=a')).status).toBe(400);
});

test.each<[string, unknown]>([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['a number', '1'],
  ['another field', '{"text":"","more":1}'],
  ['a field of another type', '{"text":1}'],
  ['a prototype', '{"__proto__":{"text":"x"}}'],
  ['very deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['nothing', ''],
])('a body that is %s is refused', async (_, body) => {
  const { get } = await start();
  const headers = { 'content-type': 'application/json' };
  const response = await get('/betrace/v1/rules/check', { method: 'POST', headers, body: String(body) });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
});

test('a body of another type is refused, so that no page sends it without asking', async () => {
  const { get } = await start();
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const response = await get('/betrace/v1/replays', {
      method: 'POST',
      headers: { 'content-type': type },
      body: '{}',
    });
    expect([type, response.status]).toEqual([type, 415]);
  }
});

describe('on a loopback address', () => {
  test('only names of this machine are answered to', async () => {
    const { http } = await start();
    const { port } = http;
    for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', '[::1]:1', 'LOCALHOST'])
      expect([host, await statusOf(port, '/api/echo', { Host: host })]).toEqual([host, 200]);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '192.168.0.1',
    ])
      expect([host, await statusOf(port, '/api/echo', { Host: host })]).toEqual([host, 421]);
  });

  test('names can be added', async () => {
    const { http } = await start({ settings: { 'http.allowed_hosts': ['traces.example'] } });
    expect(await statusOf(http.port, '/api/echo', { Host: 'Traces.example:80' })).toBe(200);
    expect(await statusOf(http.port, '/api/echo', { Host: 'evil.example' })).toBe(421);
  });
});

describe('scripts of other origins', () => {
  const preflight = (origin: string): RequestInit => ({
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });

  test('are refused by default, and nothing happens', async () => {
    const { get } = await start({ settings: { rules: [SHOP_RULES] } });
    expect((await get('/betrace/v1/replays', preflight('https://evil.example'))).status).toBe(403);
    const refused = await get('/betrace/v1/replays', { headers: { origin: 'https://evil.example' } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  test('are let in from configured origins, without a token for the question whether', async () => {
    const origin = 'https://editor.example';
    const settings = {
      'http.cors_origins': [origin],
      'auth.tokens': [{ name: 'a', token_env: 'T', tenants: ['*'] }],
    };
    const { get } = await start({ settings, env: { T: 'correct-horse-battery' } });
    const asked = await get('/betrace/v1/replays', preflight(origin));
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
    expect(asked.headers.get('access-control-allow-methods')).toContain('DELETE');
    expect(asked.headers.get('access-control-allow-headers')).toContain('X-Scope-OrgID');
    const answered = await get('/betrace/v1/info', {
      headers: { origin, authorization: 'Bearer correct-horse-battery' },
    });
    expect([answered.status, answered.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
    expect(answered.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await get('/betrace/v1/info', preflight('https://editor.example.evil'))).status).toBe(403);
  });
});

test('every answer says what a browser must not do with it', async () => {
  const { get } = await start();
  for (const path of ['/-/healthy', '/api/echo', '/betrace/v1/info', '/nothing', '/']) {
    const { headers } = await get(path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  }
});

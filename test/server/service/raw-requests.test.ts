/** Whatever is written to the ports for HTTP gets an answer, and no mistake of a client is an error in the log. */
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Running, start, temporaryDirectory } from './support.js';

const METHODS = ['GET', 'POST', 'PUT', 'OPTIONS', 'HEAD', 'DELETE', 'TRACE', 'CONNECT', 'PATCH', 'FOO', ''];
const TARGETS = [
  '/',
  '//',
  '///',
  '//[',
  '/v1/traces',
  '/v1/traces?',
  '/v1/traces?%',
  '/v1/traces#x',
  '/v1/traces/',
  '/api/search?q={',
  '/api/search?%',
  '/api/traces/%zz',
  '/betrace/v1/rules/%',
  '/betrace/v1/../..',
  'http://[::1',
  'http://[',
  'http://',
  'http:///',
  'http://a:99999/',
  'http://localhost/v1/traces',
  '*',
  '',
  '?',
  '#',
  '%',
  '\\',
  '/\\',
  '/\u0001',
  '/\u007f',
  '/ü',
  '[::1]:80',
  'localhost:80',
  'file:///etc/passwd',
  `/${'a'.repeat(200_000)}`,
];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', 'X', ''];
const HEADERS = [
  'Content-Length: 0',
  'Content-Length: -1',
  'Content-Length: x',
  'Content-Length: 3\r\nContent-Length: 4',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: nonsense',
  'Content-Encoding: br',
  'Content-Type: application/json',
  'Content-Type: application/x-protobuf',
  'Content-Type: \u0001',
  'Expect: 100-continue',
  'Expect: miracles',
  'Upgrade: websocket\r\nConnection: upgrade',
  ': x',
  'no colon',
  'Authorization: Basic %%%',
  'X-Scope-OrgID: a\r\nX-Scope-OrgID: b',
  'Origin: null',
  `X: ${'x'.repeat(200_000)}`,
];

const requests = fc
  .record({
    method: fc.constantFrom(...METHODS),
    target: fc.constantFrom(...TARGETS),
    version: fc.constantFrom(...VERSIONS),
    host: fc.constantFrom('Host: localhost', 'Host: [::1', 'Host: evil.example', 'Host:', undefined),
    headers: fc.subarray(HEADERS, { maxLength: 3 }),
    body: fc.constantFrom('', '{}', '0\r\n\r\n', '\u0000\u0001'),
  })
  .map(
    ({ method, target, version, host, headers, body }) =>
      `${method} ${target} ${version}\r\n${[...(host === undefined ? [] : [host]), 'Connection: close', ...headers].map((header) => `${header}\r\n`).join('')}\r\n${body}`,
  );

/** The status that comes before the connection ends. */
async function statusOf(port: number, text: string): Promise<number | undefined> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(text, 'latin1')));
    let answer = '';
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
      resolve(status === undefined ? undefined : Number(status));
    };
    const timer = setTimeout(end, 15_000);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.includes('\r\n\r\n')) end();
    });
    // A reset after the answer is how a server says that it reads no further.
    socket.on('error', end).on('close', end);
  });
}

async function startBoth(settings: Readonly<Record<string, unknown>> = {}): Promise<Running> {
  return await start({
    settings: {
      'otlp.http_port': 0,
      'live.directory': temporaryDirectory(),
      'http.headers_timeout': '2s',
      ...settings,
    },
  });
}

const portsOf = ({ http, live }: Running): Readonly<Record<string, number>> => ({
  query: http.port,
  otlp: live?.httpPort ?? 0,
});

describe('raw bytes', () => {
  test('are answered on both ports, whatever they are', async () => {
    const service = await startBoth();
    for (const [name, port] of Object.entries(portsOf(service)))
      await fc.assert(
        fc.asyncProperty(fc.array(requests, { minLength: 10, maxLength: 10 }), async (some) => {
          const statuses = await Promise.all(
            some.map(async (text) => [text.slice(0, 200), await statusOf(port, text)] as const),
          );
          for (const [text, status] of statuses) {
            expect([name, text, status]).toEqual([name, text, expect.any(Number)]);
            expect([name, text, status]).not.toEqual([
              name,
              text,
              expect.toSatisfy((s) => s >= 500 && s !== 505),
            ]);
          }
        }),
        { numRuns: 30 },
      );
    expect(service.log.filter((line) => /"level":"(warn|error|fatal)"/.test(line))).toEqual([]);
    expect((await service.get('/-/ready')).status).toBe(200);
  });

  test.each([
    'POST // HTTP/1.1',
    'GET http://[::1 HTTP/1.1',
    'GET http:// HTTP/1.1',
    'CONNECT localhost:80 HTTP/1.1',
    'POST http://localhost:99999/v1/traces HTTP/1.1',
  ])('%s is a mistake of the client', async (line) => {
    const service = await startBoth();
    for (const port of Object.values(portsOf(service))) {
      const status = await statusOf(port, `${line}\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect(service.log.filter((line) => /"level":"(warn|error|fatal)"/.test(line))).toEqual([]);
  });
});

/** What a client learns where ClickHouse stops its question: errors as its HTTP interface gives them, by a server that has nothing else. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Running, SHOP_RULES, startKept } from './support.js';

interface Refusal {
  readonly code: number;
  readonly type: string;
  readonly text: string;
}

/** What the server answers a statement that reads blocks. */
let refusal: Refusal;
let running: Running;
const server = createServer(async (request, response) => {
  const statement =
    (new URL(request.url ?? '', 'http://localhost').searchParams.get('query') ?? '') + (await text(request));
  if (statement === 'SELECT version()') return void response.end('26.1.0.0\n');
  if (statement.includes('is_temporary')) return void response.end('["name"]\n["String"]\n');
  if (!/\bfile\(/.test(statement)) return void response.end();
  const { code, type, text: said } = refusal;
  response.writeHead(type === 'TIMEOUT_EXCEEDED' ? 408 : 500, {
    'x-clickhouse-exception-code': String(code),
  });
  response.end(`Code: ${code}. DB::Exception: ${said}. (${type}) (version 26.1.0.0 (official build))\n`);
});

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  running = await startKept({
    settings: { rules: [SHOP_RULES], 'engine.address': `clickhouse://127.0.0.1:${port}` },
  });
});
afterAll(async () => {
  await running?.stop();
  server.closeAllConnections();
  server.close();
});

interface Bound {
  readonly refused: Refusal;
  readonly status: number;
  readonly code: string;
  readonly retryAfter?: string;
}

const BOUNDS: readonly Bound[] = [
  {
    refused: {
      code: 159,
      type: 'TIMEOUT_EXCEEDED',
      text: 'Timeout exceeded: elapsed 60.05 seconds, maximum: 60',
    },
    status: 504,
    code: 'BT3018',
  },
  {
    refused: { code: 160, type: 'TOO_SLOW', text: 'Estimated query execution time is too long' },
    status: 504,
    code: 'BT3018',
  },
  {
    refused: { code: 394, type: 'QUERY_WAS_CANCELLED', text: 'Query was cancelled' },
    status: 504,
    code: 'BT3018',
  },
  {
    refused: { code: 202, type: 'TOO_MANY_SIMULTANEOUS_QUERIES', text: 'Too many simultaneous queries' },
    status: 429,
    code: 'BT3018',
    retryAfter: '1',
  },
  {
    refused: { code: 201, type: 'QUOTA_EXCEEDED', text: 'Quota for user reader has been exceeded' },
    status: 429,
    code: 'BT3018',
    retryAfter: '1',
  },
  {
    refused: { code: 241, type: 'MEMORY_LIMIT_EXCEEDED', text: '(for query) memory limit exceeded' },
    status: 422,
    code: 'BT5017',
  },
  {
    refused: { code: 307, type: 'TOO_MANY_BYTES', text: 'Limit for bytes to read exceeded' },
    status: 422,
    code: 'BT3018',
  },
  {
    refused: { code: 497, type: 'ACCESS_DENIED', text: 'reader: Not enough privileges' },
    status: 503,
    code: 'BT3017',
    retryAfter: '5',
  },
];

it.each(BOUNDS)('$refused.type is answered with $status', async ({ refused, status, code, retryAfter }) => {
  refusal = refused;
  const before = new Map<string, number>();
  for (const outcome of ['refused', 'failed'])
    before.set(outcome, await running.metric('betrace_engine_questions_total', { outcome }));
  const response = await running.get('/betrace/v1/violations?rule=double-charge');
  const said = (await response.json()) as { readonly code: string; readonly detail: string };
  expect([response.status, said.code, said.detail]).toEqual([status, code, expect.any(String)]);
  expect(response.headers.get('retry-after')).toBe(retryAfter ?? null);
  // What a server says may hold its address, and the statement.
  expect(said.detail).not.toContain(refused.text);
  const search = await running.get('/api/search?q=%7B%7D');
  expect([search.status, search.headers.get('retry-after')]).toEqual([status, retryAfter ?? null]);
  const outcome = code === 'BT3017' ? 'failed' : 'refused';
  const after = await running.metric('betrace_engine_questions_total', { outcome });
  expect(after - before.get(outcome)!).toBe(2);
  const logged = running.log.join('\n');
  expect(logged).not.toContain('unexpected');
  expect(logged).toContain(refused.text);
});

import { cpSync, mkdirSync } from 'node:fs';
import { request as rawRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONF,
  type Running,
  SHOP,
  SHOP_RULES,
  start,
  startKept,
  temporaryDirectory,
} from '../service/support.js';
import { connect } from './support.js';

function post(to: Running, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return to.get('/api/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

let running: Running;
beforeAll(async () => {
  running = await startKept({ settings: { rules: [SHOP_RULES], 'mcp.max_answer': '4KiB' } });
});
afterAll(() => running.stop());

test('messages are answered as JSON-RPC says, whatever they are', async () => {
  const answers = async (body: unknown) => {
    const response = await post(running, body);
    const text = await response.text();
    return [response.status, text === '' ? undefined : JSON.parse(text)];
  };
  expect(await answers(PING)).toEqual([200, { jsonrpc: '2.0', id: 1, result: {} }]);
  expect(await answers({ jsonrpc: '2.0', method: 'notifications/initialized' })).toEqual([202, undefined]);
  expect(await answers({ jsonrpc: '2.0', id: 7, result: {} })).toEqual([202, undefined]);
  for (const [body, code] of [
    [{ ...PING, method: 'toString' }, -32601],
    [{ ...PING, method: 'tools/call', params: { name: 'rm' } }, -32602],
    [{ ...PING, method: 'tools/call' }, -32602],
    [{ ...PING, method: 'resources/read', params: {} }, -32002],
  ] as const)
    expect(await answers(body)).toMatchObject([200, { id: 1, error: { code } }]);
  for (const body of [[PING], { id: 1, method: 'ping' }, { ...PING, params: [] }, { ...PING, id: {} }, {}])
    expect(await answers(body)).toMatchObject([400, { id: null, error: { code: -32600 } }]);
  expect(await answers('{')).toMatchObject([400, { title: 'Bad Request' }]);
  expect(
    await answers({ ...PING, method: 'tools/call', params: { name: 'get-trace', arguments: [] } }),
  ).toMatchObject([200, { result: { isError: true } }]);
});

test('a version of the protocol is agreed on, and others are refused', async () => {
  const initialize = async (protocolVersion: string) => {
    const response = await post(running, { ...PING, method: 'initialize', params: { protocolVersion } });
    const { result } = (await response.json()) as { result: { protocolVersion: string } };
    return result.protocolVersion;
  };
  expect(await initialize('2025-06-18')).toBe('2025-06-18');
  expect(await initialize('1999-01-01')).toBe('2025-11-25');
  expect((await post(running, PING, { 'mcp-protocol-version': '2025-06-18' })).status).toBe(200);
  expect((await post(running, PING, { 'mcp-protocol-version': '1999-01-01' })).status).toBe(400);
});

test('it is found as mcp-grafana looks for it, unless it is switched off', async () => {
  expect((await running.get('/api/mcp', { method: 'DELETE' })).status).toBe(200);
  const listening = await running.get('/api/mcp');
  expect([listening.status, listening.headers.get('allow')]).toEqual([405, 'POST, DELETE']);
  const off = await start({ settings: { 'mcp.enabled': false } });
  for (const method of ['DELETE', 'GET', 'POST'])
    expect((await off.get('/api/mcp', { method })).status).toBe(404);
});

describe('it is kept as every other endpoint', () => {
  test('from pages: by Host, by Origin, and by the type of the body', async () => {
    expect((await post(running, PING, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await post(running, JSON.stringify(PING), { 'content-type': 'text/plain' })).status).toBe(415);
    const { port } = new URL(running.url);
    const status = await new Promise((resolve) => {
      const asked = rawRequest(
        { port, host: '127.0.0.1', path: '/api/mcp', method: 'POST', headers: { host: 'evil.example' } },
        ({ statusCode }) => resolve(statusCode),
      );
      asked.end();
    });
    expect(status).toBe(421);
  });

  test('for whoever has no token, and between tenants', async () => {
    const blocks = temporaryDirectory();
    mkdirSync(join(blocks, 'blocks'));
    for (const [root, tenant] of [
      [SHOP, 'shop'],
      [CONF, 'conf'],
    ] as const)
      cpSync(join(root, 'blocks', 'single-tenant'), join(blocks, 'blocks', tenant), { recursive: true });
    const tenants = await start({
      settings: {
        rules: [SHOP_RULES],
        multitenancy_enabled: true,
        'storage.blocks': blocks,
        'auth.tokens': [{ name: 'shop', token_env: 'TOKEN', tenants: ['shop'] }],
      },
      env: { TOKEN: 'token-of-tenant-shop-1' },
    });
    expect((await post(tenants, PING)).status).toBe(401);
    expect((await tenants.get('/api/mcp', { method: 'DELETE' })).status).toBe(401);
    const as = (tenant: string) => ({
      authorization: 'Bearer token-of-tenant-shop-1',
      'x-scope-orgid': tenant,
    });
    expect((await post(tenants, PING, as('conf'))).status).toBe(403);
    const agent = await connect(tenants.url, as('shop'));
    const { lookedAt } = await agent.call('traceql-search', { query: '{ name = "nothing" }' });
    expect(lookedAt).toMatchObject({ traces: 3000 });
    await agent.client.close();
  });
});

test('an answer is no longer than it may be, and counts are whole', async () => {
  const agent = await connect(running.url);
  const answer = await agent.call('betrace-violations', { rule: 'n-plus-one', limit: 1000 });
  expect(JSON.stringify(answer).length).toBeLessThanOrEqual(4096);
  const [{ violated, violations }] = answer.rules;
  expect(violations.length).toBeLessThan(violated);
  expect(answer.leftOut).toContainEqual({
    what: 'rules[].violations',
    listed: violations.length,
    of: violated,
  });
  await agent.client.close();
});

test('what takes too long is said to the agent, and ends', async () => {
  const hurried = await start({ settings: { rules: [SHOP_RULES], 'query.timeout': '1ms' } });
  const agent = await connect(hurried.url);
  expect(await agent.refused('betrace-violations', { rule: 'n-plus-one' })).toContain('BT5012');
  await agent.client.close();
});

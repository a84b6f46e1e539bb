import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { request as rawRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CONF, type Running, SHOP, SHOP_RULES, start, startKept, temporaryDirectory } from './support.js';

const A = 'token-of-tenant-shop-1';
const B = 'token-of-all-tenants-2';

const TOKENS = [
  { name: 'shop', token_env: 'TOKEN_A', tenants: ['shop'] },
  { name: 'all', token_env: 'TOKEN_B', tenants: ['*'] },
];
const SETTINGS = {
  rules: [SHOP_RULES],
  multitenancy_enabled: true,
  'auth.tokens': TOKENS,
};
const ENV = { TOKEN_A: A, TOKEN_B: B };

/** Two tenants, with different blocks. */
let blocks: string;
beforeAll(() => {
  blocks = mkdtempSync(join(tmpdir(), 'betrace-tenants-'));
  mkdirSync(join(blocks, 'blocks'));
  cpSync(join(SHOP, 'blocks', 'single-tenant'), join(blocks, 'blocks', 'shop'), { recursive: true });
  cpSync(join(CONF, 'blocks', 'single-tenant'), join(blocks, 'blocks', 'conf'), { recursive: true });
  return () => rmSync(blocks, { recursive: true, force: true });
});

function as(token: string | undefined, tenant?: string): RequestInit {
  return {
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(tenant !== undefined && { 'x-scope-orgid': tenant }),
    },
  };
}

async function startTenants(): Promise<Running> {
  return await start({ settings: { ...SETTINGS, 'storage.blocks': blocks }, env: ENV });
}

describe('with tokens and multitenancy', () => {
  test('only health is open to everybody', async () => {
    const { get } = await startTenants();
    for (const path of ['/-/healthy', '/-/ready', '/ready']) expect((await get(path)).status).toBe(200);
    for (const path of ['/', '/metrics', '/api/echo', '/api/search', '/betrace/v1/rules', '/nothing']) {
      const refused = await get(path);
      expect([path, refused.status]).toEqual([path, 401]);
      expect(refused.headers.get('www-authenticate')).toMatch(/^(?:Bearer|Basic) realm="betrace"$/);
    }
  });

  test.each([
    ['none', {}],
    ['another token', { authorization: 'Bearer token-of-nobody-00000' }],
    ['a token cut off', { authorization: `Bearer ${A.slice(0, -1)}` }],
    ['a token with more', { authorization: `Bearer ${A}x` }],
    ['no scheme', { authorization: A }],
    ['another scheme', { authorization: `Token ${A}` }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['two', { authorization: `Bearer ${A}, Bearer ${A}` }],
    ['a basic one without colon', { authorization: `Basic ${Buffer.from(A).toString('base64')}` }],
  ])('a request with %s is refused', async (_, headers) => {
    const { get } = await startTenants();
    const refused = await get('/betrace/v1/info', { headers: { ...headers, 'x-scope-orgid': 'shop' } });
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: 'BT5010' });
  });

  test('a token opens its tenants and no others, whatever is asked', async () => {
    const { get } = await startTenants();
    const paths = [
      '/betrace/v1/info',
      '/betrace/v1/violations?rule=double-charge',
      '/api/search?q={}',
      '/betrace/v1/replays',
    ];
    for (const path of paths) {
      expect([path, (await get(path, as(A, 'shop'))).status]).toEqual([path, 200]);
      expect([path, (await get(path, as(A, 'conf'))).status]).toEqual([path, 403]);
      expect([path, (await get(path, as(B, 'conf'))).status]).toEqual([path, 200]);
    }
    expect((await get('/metrics', as(A))).status).toBe(403);
    expect((await get('/metrics', as(B))).status).toBe(200);
  });

  test('tenants see their own traces, replays and spans only', async () => {
    const { get } = await startTenants();
    const ask = async (path: string, tenant: string): Promise<Record<string, never>> =>
      (await (await get(path, as(B, tenant))).json()) as Record<string, never>;
    const spans = async (tenant: string): Promise<unknown> =>
      (await ask('/betrace/v1/violations?rule=double-charge&limit=0', tenant)).spans;
    // Again and again, as databases and catalogues are kept from one question to the next.
    for (let round = 0; round < 3; round++) {
      expect(await spans('shop')).toBe(28_786);
      expect(await spans('conf')).not.toBe(28_786);
    }
    expect(await spans('nobody')).toBe(0);
    const { id } = (await (
      await get('/betrace/v1/replays', {
        method: 'POST',
        body: '{"limit":0}',
        headers: { ...(as(B, 'shop').headers as Record<string, string>), 'content-type': 'application/json' },
      })
    ).json()) as { id: string };
    for (const path of [id, `${id}/events`, `${id}/result`])
      expect((await get(`/betrace/v1/replays/${path}`, as(B, 'conf'))).status).toBe(404);
    expect((await get(`/betrace/v1/replays/${id}`, { method: 'DELETE', ...as(B, 'conf') })).status).toBe(404);
    expect(await ask('/betrace/v1/replays', 'conf')).toEqual({ replays: [] });
    expect((await get(`/betrace/v1/replays/${id}`, as(B, 'shop'))).status).toBe(200);
    expect(await ask('/betrace/v1/info', 'shop')).toMatchObject({
      tenant: 'shop',
      tenants: ['conf', 'shop'],
    });
    expect(await (await get('/betrace/v1/info', as(A, 'shop'))).json()).toMatchObject({ tenants: ['shop'] });
  });

  test('the page takes the token as the password of a browser and shows its tenants only', async () => {
    const { get } = await startTenants();
    const basic = { headers: { authorization: `Basic ${Buffer.from(`me:${A}`).toString('base64')}` } };
    const text = await (await get('/plain', basic)).text();
    expect(text).toContain('<strong>shop</strong>');
    expect(text).not.toContain('conf</');
    expect((await get('/?tenant=conf', basic)).status).toBe(403);
  });

  test.each<[string, string | string[], number]>([
    ['no tenant', [], 401],
    ['an empty one', '', 401],
    ['two in one', 'shop|conf', 400],
    ['a path', '../conf', 400],
    ['dots', '..', 400],
    ['a dot', '.', 400],
    ['a blank in it', 'sh op', 400],
    ['a long one', 'x'.repeat(151), 400],
    ['the header twice', ['shop', 'shop'], 400],
  ])('%s in X-Scope-OrgID is refused', async (_, tenant, status) => {
    const { http } = await startTenants();
    const found = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { Authorization: `Bearer ${B}`, ...(tenant.length > 0 && { 'X-Scope-OrgID': tenant }) };
      rawRequest({ port: http.port, path: '/betrace/v1/info', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(found).toBe(status);
  });

  test('no token is in a log, a metric or an answer', async () => {
    const running = await startKept({
      settings: { ...SETTINGS, 'log.level': 'trace', 'storage.blocks': blocks },
      env: ENV,
    });
    onTestFinished(() => running.stop());
    const texts = [];
    for (const path of ['/', '/metrics', '/betrace/v1/info', '/nothing'])
      texts.push(await (await running.get(path, as(B, 'shop'))).text());
    await running.get('/betrace/v1/info', as('wrong-token-0123456789', 'shop'));
    for (const text of [...texts, ...running.log]) expect(text).not.toMatch(/token-of-|wrong-token/);
    expect(running.log.some((line) => line.includes('"principal":"all"'))).toBe(true);
  });
});

describe('without multitenancy', () => {
  test('the header is ignored and the one tenant is asked', async () => {
    const { get } = await start();
    for (const tenant of ['other', '../x'])
      expect(await (await get('/betrace/v1/info', as(undefined, tenant))).json()).toMatchObject({
        tenant: 'single-tenant',
        tenants: ['single-tenant'],
      });
  });

  test('a tenant without blocks yet is empty, and filled as they come', async () => {
    const root = temporaryDirectory();
    const { get } = await start({
      settings: { rules: [SHOP_RULES], 'storage.blocks': root, 'storage.refresh': '50ms' },
    });
    const traces = async (): Promise<unknown> =>
      ((await (await get('/betrace/v1/violations?rule=double-charge')).json()) as { traces: number }).traces;
    expect(await traces()).toBe(0);
    cpSync(join(SHOP, 'blocks'), join(root, 'blocks'), { recursive: true });
    await expect.poll(traces).toBe(3000);
  });
});

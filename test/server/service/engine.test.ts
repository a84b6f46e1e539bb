/** A service whose blocks are read by ClickHouse (`engine.address`): what it answers is what a service without it does. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChdb } from '../../sql/clickhouse/chdb.js';
import { type ManySessions, startManySessions } from '../../sql/clickhouse/many-sessions.js';
import { startServer, type TestServer } from '../../sql/clickhouse/servers.js';
import {
  CONF,
  type Running,
  SHOP,
  SHOP_RULES,
  start,
  startKept,
  temporaryDirectory,
  until,
} from './support.js';

const RANGE = 'start=1795132800&end=1795219200';
const q = (query: string): string => `q=${encodeURIComponent(query)}`;
const ERRORS = `/api/search?${q('{ status = error } | select(span.http.route)')}&limit=5&${RANGE}`;
const RATE = `/api/metrics/query_range?${q('{ } | rate() by (resource.service.name) with (exemplars = false)')}&${RANGE}&step=3h`;
const VALUES = `/api/v2/search/tag/span.http.route/values?${RANGE}&${q('{ status = error }')}`;
const RULES = ['double-charge', 'retry-storm'];

interface Replay {
  readonly id: string;
  readonly status: string;
  readonly error: string | null;
}

async function json(running: Running, path: string): Promise<unknown> {
  const response = await running.get(path);
  expect([path, response.status]).toEqual([path, 200]);
  return await response.json();
}

async function replayed(running: Running): Promise<Replay> {
  const started = await running.get('/betrace/v1/replays', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rules: RULES, limit: 3 }),
  });
  let replay = (await started.json()) as Replay;
  await until(async () => {
    replay = (await json(running, `/betrace/v1/replays/${replay.id}`)) as Replay;
    return replay.status !== 'waiting' && replay.status !== 'running';
  }, 'the replay is over');
  return replay;
}

async function partOf({ get }: Running): Promise<unknown> {
  const response = await get('/-/ready', { headers: { accept: 'application/json' } });
  const { parts } = (await response.json()) as { readonly parts: readonly { readonly name: string }[] };
  return { status: response.status, ...parts.find(({ name }) => name === 'engine') };
}

/** What was looked at is counted of flat files in one, of blocks in the other. */
function answerOf(found: unknown): unknown {
  const { metrics: _, ...answer } = found as { readonly metrics?: unknown };
  return answer;
}

describe.skipIf(!hasChdb)('a service with an engine', () => {
  let processes: readonly TestServer[] = [];
  let shards: readonly ManySessions[] = [];
  let own: Running;
  let running: Running;
  const engineOf = (more = ''): string =>
    `clickhouse://reader@${shards.map(({ host }) => host).join(',')}${more}`;
  beforeAll(async () => {
    processes = await Promise.all([startServer(), startServer(), startServer(), startServer()]);
    shards = await Promise.all([startManySessions(processes), startManySessions(processes)]);
    own = await startKept({ settings: { rules: [SHOP_RULES] } });
    running = await startKept({
      settings: { rules: [SHOP_RULES], 'engine.address': engineOf('?max_threads=1') },
      env: { BETRACE_ENGINE_PASSWORD: 'secret' },
    });
  });
  afterAll(async () => {
    for (const service of [running, own]) await service?.stop();
    for (const { stop } of [...shards, ...processes]) await stop();
  });

  it('answers a search, a tag and violations as one without, within its bounds', async () => {
    for (const path of [ERRORS, VALUES, `/betrace/v1/violations?rule=double-charge&limit=3`])
      expect(answerOf(await json(running, path))).toEqual(answerOf(await json(own, path)));
    const [first] = shards[0]!.asked;
    const asked = shards
      .flatMap((shard) => shard.asked)
      .filter(({ statement }) => /\bfile\(/.test(statement));
    expect(asked.length).toBeGreaterThan(1);
    expect(first?.parameters.get('max_threads')).toBe('1');
    for (const { parameters } of asked) {
      expect(parameters.get('max_execution_time')).toBe('60');
      expect(parameters.get('max_memory_usage')).toBe(String(2 ** 29));
    }
    expect(await running.metric('betrace_engine_questions_total', { outcome: 'answered' })).toBe(3);
    expect(await own.metric('betrace_engine_questions_total', { outcome: 'answered' })).toBe(0);
  });

  it('answers two questions at once, each in a session of each server that is empty afterwards', async () => {
    const before = shards.map(({ asked }) => asked.length);
    const [rate, errors] = await Promise.all([RATE, ERRORS].map((path) => json(running, path)));
    expect([rate, errors].map(answerOf)).toEqual([
      answerOf(await json(own, RATE)),
      answerOf(await json(own, ERRORS)),
    ]);
    for (const [n, { asked }] of shards.entries()) {
      const sessions = asked.slice(before[n]).map(({ session }) => session);
      const [a, b] = [...new Set(sessions)];
      expect(new Set(sessions).size).toBe(2);
      // Neither waited for the other.
      expect(sessions.indexOf(b!)).toBeLessThan(sessions.lastIndexOf(a!));
      for (const session of [a, b]) {
        const texts = asked.filter((each) => each.session === session).map(({ statement }) => statement);
        const listed = texts.findLastIndex((text) => text.includes('is_temporary'));
        const dropped = texts.slice(listed + 1);
        expect(dropped.length).toBeGreaterThan(0);
        expect(dropped.filter((text) => !text.startsWith('DROP'))).toEqual([]);
      }
    }
  });

  it('reads in a session the blocks of one tenant', async () => {
    const root = temporaryDirectory();
    for (const [tenant, fixture] of Object.entries({ shop: SHOP, conf: CONF }))
      cpSync(join(fixture, 'blocks', 'single-tenant'), join(root, tenant), { recursive: true });
    const both = await start({
      settings: { 'storage.blocks': root, multitenancy_enabled: true, 'engine.address': engineOf() },
    });
    const before = shards.map(({ asked }) => asked.length);
    for (const tenant of ['shop', 'conf']) {
      const response = await both.get('/api/search?q=%7B%7D', { headers: { 'X-Scope-OrgID': tenant } });
      expect([response.status, both.log.filter((line) => line.includes('unexpected'))]).toEqual([200, []]);
      const { traces } = (await response.json()) as { readonly traces: readonly object[] };
      expect(traces.length).toBeGreaterThan(0);
    }
    const read = new Map<string, Set<string>>();
    for (const { session, statement } of shards.flatMap(({ asked }, n) => asked.slice(before[n])))
      for (const [, tenant] of statement.matchAll(new RegExp(`${root}/(\\w+)/`, 'g')))
        read.set(session, (read.get(session) ?? new Set()).add(tenant!));
    expect([...read.values()].map((tenants) => [...tenants].join()).sort()).toEqual([
      'conf',
      'conf',
      'shop',
      'shop',
    ]);
  });

  it('replays as one without', async () => {
    const results = await Promise.all(
      [own, running].map(async (service) => {
        const { id, status, error } = await replayed(service);
        expect([status, error]).toEqual(['succeeded', null]);
        return await json(service, `/betrace/v1/replays/${id}/result`);
      }),
    );
    expect(results[1]).toEqual(results[0]);
  });

  it('discovers as one without, and stops once nobody waits for it', async () => {
    const some = { from: '2026-11-20T00:00:00Z', to: '2026-11-20T03:00:00Z', limit: 6 };
    const ask = (service: Running, signal?: AbortSignal): Promise<Response> =>
      service.get('/betrace/v1/discover', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(some),
        ...(signal && { signal }),
      });
    const before = shards.map(({ asked }) => asked.length);
    const [expected, found] = await Promise.all(
      [own, running].map(async (service) => {
        const response = await ask(service);
        expect(response.status).toBe(200);
        return (await response.json()) as { readonly rules: readonly object[] };
      }),
    );
    expect(found).toEqual(expected);
    expect(found!.rules.length).toBeGreaterThan(5);
    const mining = (shard: ManySessions, from: number): number =>
      shard.asked.slice(from).filter(({ statement }) => statement.includes('mined_by_trace')).length;
    expect(shards.map((shard, n) => mining(shard, before[n]!) > 0)).toEqual([true, false]);
    shards[0]!.holdIf((statement) => statement.includes('mined_by_trace'));
    const [cancelled, asked] = [
      await running.metric('betrace_engine_questions_total', { outcome: 'cancelled' }),
      shards[0]!.asked.length,
    ];
    const client = new AbortController();
    const gone = ask(running, client.signal);
    await until(() => mining(shards[0]!, asked) > 0, 'it is mining');
    client.abort();
    await expect(gone).rejects.toThrow();
    const killed = () => shards[0]!.asked.slice(asked).some(({ statement }) => statement.startsWith('KILL'));
    await until(killed, 'it is killed');
    shards[0]!.holdIf(() => false);
    const gaveUp = async () =>
      (await running.metric('betrace_engine_questions_total', { outcome: 'cancelled' })) === cancelled + 1;
    await until(gaveUp, 'it is given up');
  });

  it('stops on the server what a client has gone away from', async () => {
    for (const shard of shards) shard.holdIf((statement) => /\bfile\(/.test(statement));
    const killed = (): number =>
      shards.flatMap(({ asked }) => asked).filter(({ statement }) => statement.startsWith('KILL QUERY'))
        .length;
    const before = killed();
    const client = new AbortController();
    const gone = running.get(ERRORS, { signal: client.signal });
    const held = () => shards.some(({ asked }) => /\bfile\(/.test(asked.at(-1)?.statement ?? ''));
    await until(held, 'the statement is there');
    client.abort();
    await expect(gone).rejects.toThrow();
    await until(() => killed() > before, 'it is killed');
    for (const shard of shards) shard.holdIf(() => false);
    expect(await running.metric('betrace_engine_questions_total', { outcome: 'cancelled' })).toBe(2);
    await json(running, VALUES);
  });

  it.each([
    ['max_rows_to_group_by=1', 'the question goes beyond a bound of the engine: TOO_MANY_ROWS'],
    [
      'max_memory_usage=300000',
      'the question needs more memory than one may use: narrow it or its time range',
    ],
  ])('says which bound of a server a question goes beyond: %s', async (bound, says) => {
    const bounded = await start({ settings: { 'engine.address': engineOf(`?${bound}`) } });
    const response = await bounded.get('/api/search?q=%7B%7D');
    expect([response.status, await response.text()]).toEqual([422, says]);
    expect(await partOf(bounded)).toMatchObject({ state: 'ok' });
  });

  it('lives on while the engine is away, names it, and asks it again when it is back', async () => {
    expect(await partOf(running)).toMatchObject({ status: 200, state: 'ok', needed: false });
    const [, second] = shards as [ManySessions, ManySessions];
    const port = Number(second.host.split(':')[1]);
    await second.stop();
    const response = await running.get(`/betrace/v1/violations?rule=double-charge`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({
      code: 'BT3017',
      detail: 'the engine cannot be asked: no answer',
    });
    const replay = await replayed(running);
    expect(replay).toMatchObject({
      status: 'failed',
      error: 'the engine cannot be asked: no answer (BT3017)',
    });
    expect(await partOf(running)).toMatchObject({
      status: 200,
      state: 'failing',
      needed: false,
      reason: 'the engine cannot be asked: no answer (BT3017)',
    });
    expect(await running.metric('betrace_engine_questions_total', { outcome: 'failed' })).toBe(2);
    // With its address, and no password.
    expect(running.log.join('\n')).toContain(second.host);
    expect(running.log.join('\n')).not.toContain('secret');
    shards = [shards[0]!, await startManySessions(processes, port)];
    await until(
      async () => ((await partOf(running)) as { state: string }).state === 'ok',
      'it is found again',
    );
    await json(running, VALUES);
  });
});

it('is not started with an address that is none', async () => {
  const wrong = (address: string) => startKept({ settings: { 'engine.address': address } });
  await expect(wrong('clickhouse://me:secret@host')).rejects.toThrow(/engine\.address: .*holds no password/);
  await expect(wrong('postgres://host')).rejects.toThrow(/engine\.address: this is no address/);
  await expect(wrong('clickhouse://host?password=x')).rejects.toThrow(
    /engine\.address: password is not for an address to say/,
  );
});

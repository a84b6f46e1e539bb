import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type Running, SHOP_RULES, stallingStorage, start, temporaryDirectory, until } from './support.js';

const RULES = { rules: [SHOP_RULES] };
const QUESTION = '/betrace/v1/violations?rule=double-charge&limit=1';

/** With a cache of its own, so that every question has to read its blocks. */
function stalled(settings: Record<string, unknown> = {}) {
  const storage = stallingStorage();
  const cache = { 'storage.cache_directory': temporaryDirectory() };
  return { storage, options: { storage, settings: { ...RULES, ...cache, ...settings } } };
}

function dropped({ http }: Running, path: string): ClientRequest {
  const sent = request({ port: http.port, path, agent: new Agent() });
  sent.on('error', () => undefined);
  sent.end();
  return sent;
}

const cancelled = (running: Running): Promise<number> =>
  running.metric('betrace_query_duration_seconds_count', { outcome: 'cancelled' });

test('a thousand parallel questions are all answered, alike, a few at a time', async () => {
  const running = await start({ settings: { ...RULES, 'query.concurrency': 2 } });
  const first = await (await running.get(QUESTION)).text();
  const all = Array.from({ length: 1000 }, async (_, n) => {
    // What costs nothing is answered meanwhile.
    const response = await running.get(n % 10 === 0 ? QUESTION : '/betrace/v1/info');
    return [response.status, await response.text()] as const;
  });
  let most = 0;
  const watching = setInterval(async () => {
    most = Math.max(most, await running.metric('betrace_queries_running'));
  }, 50);
  const answers = await Promise.all(all);
  clearInterval(watching);
  expect(answers.filter(([status]) => status !== 200)).toEqual([]);
  expect(new Set(answers.filter((_, n) => n % 10 === 0).map(([, text]) => text))).toEqual(new Set([first]));
  expect(most).toBeLessThanOrEqual(2);
  await until(async () => (await running.metric('betrace_queries_running')) === 0, 'all turns given back');
  expect(await running.metric('betrace_http_requests_in_flight')).toBe(1);
});

test('what finds no place in the queue is asked to come again, per tenant', async () => {
  const { storage, options } = stalled({
    'query.concurrency': 1,
    'query.queue': 2,
    multitenancy_enabled: true,
  });
  const running = await start(options);
  const ask = (tenant: string) => running.get(QUESTION, { headers: { 'x-scope-orgid': tenant } });
  const running1 = ask('single-tenant');
  await storage.reached;
  const waiting = [ask('single-tenant'), ask('single-tenant')];
  await until(async () => (await running.metric('betrace_queries_waiting')) === 2, 'two wait');
  const refused = await ask('single-tenant');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await refused.json()).toMatchObject({ code: 'BT5016' });
  const other = ask('another');
  await until(async () => (await running.metric('betrace_queries_waiting')) === 3, 'another tenant may wait');
  storage.release();
  expect((await Promise.all([running1, ...waiting, other])).map(({ status }) => status)).toEqual([
    200, 200, 200, 200,
  ]);
});

test('a question whose client went away half way is cancelled, waiting or running', async () => {
  const { storage, options } = stalled({ 'query.concurrency': 1 });
  const running = await start(options);
  const first = dropped(running, QUESTION);
  await storage.reached;
  const second = dropped(running, QUESTION);
  await until(async () => (await running.metric('betrace_queries_waiting')) === 1, 'the second waits');
  second.destroy();
  await until(async () => (await running.metric('betrace_queries_waiting')) === 0, 'the second is forgotten');
  first.destroy();
  // The storage is still stalled: nothing but the cancellation can end it.
  await until(async () => (await running.metric('betrace_queries_running')) === 0, 'the first is cancelled');
  expect(await cancelled(running)).toBe(1);
  storage.release();
  await until(
    () => running.log.filter((line) => line.includes('"status":499')).length === 2,
    'both are logged',
  );
  expect((await running.get(QUESTION)).status).toBe(200);
});

test('a question that takes too long is cancelled and answered with 504', async () => {
  const { storage, options } = stalled({ 'query.timeout': '200ms' });
  const running = await start(options);
  const late = await running.get(QUESTION);
  expect(late.status).toBe(504);
  expect(await late.json()).toMatchObject({ code: 'BT5012' });
  await until(async () => (await cancelled(running)) === 1, 'it is cancelled');
  expect((await running.get('/api/search?q={}')).status).toBe(504);
  storage.release();
});

test('a stop waits for what is being answered, and takes nothing new', async () => {
  const { storage, options } = stalled({ 'http.shutdown_timeout': '10s' });
  const running = await start(options);
  const answer = running.get(QUESTION);
  await storage.reached;
  const stop = running.stop();
  await expect(async () => connectTo(running)).rejects.toThrow(/ECONNREFUSED/);
  storage.release();
  expect((await answer).status).toBe(200);
  await stop;
});

test('a stop cancels what does not end in time, and ends streams at once', async () => {
  const { storage, options } = stalled({ 'http.shutdown_timeout': '300ms' });
  const running = await start(options);
  const answer = running.get(QUESTION);
  await storage.reached;
  const { id } = (await (
    await running.get('/betrace/v1/replays', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
  ).json()) as { id: string };
  const events = await running.get(`/betrace/v1/replays/${id}/events`);
  const text = events.text();
  const began = performance.now();
  await running.stop();
  expect(performance.now() - began).toBeLessThan(12_000);
  expect((await answer).status).toBe(503);
  expect(await text).toContain('retry: ');
  storage.release();
});

test('a stop under load leaves no request without an answer', async () => {
  const running = await start({ settings: { ...RULES, 'http.shutdown_timeout': '10s' } });
  await running.get(QUESTION);
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  let [answered, broken] = [0, 0];
  const ask = (path: string) =>
    new Promise<boolean>((resolve) => {
      let begun = false;
      request({ port: running.http.port, path, agent }, (response: IncomingMessage) => {
        begun = true;
        response.resume();
        response
          .on('end', () => resolve(true))
          .on('error', () => {
            broken++;
            resolve(false);
          });
      })
        // Refused before it was taken: the client may ask another instance.
        .on('error', () => {
          if (begun) broken++;
          resolve(false);
        })
        .end();
    });
  const clients = Array.from({ length: 30 }, async (_, n) => {
    while (await ask(n % 10 === 0 ? QUESTION : '/betrace/v1/info')) answered++;
  });
  await until(() => answered > 100, 'load');
  await running.stop();
  await Promise.all(clients);
  agent.destroy();
  expect(broken).toBe(0);
  expect(running.log.some((line) => line.includes('"status":499'))).toBe(false);
});

async function connectTo({ http }: Running): Promise<void> {
  for (let n = 0; n < 50; n++) {
    const socket = connect(http.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

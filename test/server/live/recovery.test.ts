/** A service that starts on a long log: it answers while it reads it, and says that it takes no spans yet. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { localDisk } from '../../../engine/live/log/disk-local.js';
import { Log } from '../../../engine/live/log/log.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { spansRecord } from '../../../engine/live/span-log/record.js';
import { startBetrace } from '../cli/support.js';
import { metricIn, SHOP, temporaryDirectory } from '../service/support.js';
import { traceNow } from './process.js';

const REQUESTS = 25;
const TRACES = 500;

async function longLog(state: string): Promise<void> {
  const sizes = { segmentBytes: 2 ** 19, maxBytes: 2 ** 30, maxWaitingBytes: 2 ** 30 };
  const log = await Log.open({ disk: await localDisk(join(state, 'spans')), name: 'spans', ...sizes });
  for (let n = 0; n < REQUESTS; n++) {
    const traces = Array.from({ length: TRACES }, (_, k) => traceNow(1 + n * TRACES + k, 'a', 'b', 'c'));
    await log.append(spansRecord('single-tenant', protobufOf(traces)));
  }
  await log.close();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : expect.fail('no port');
}

it('a service tells how much of a long log is still to be read, and is ready after it', async () => {
  const state = join(temporaryDirectory(), 'state');
  await longLog(state);
  const port = await freePort();
  const settings = ['--set', `live.directory=${state}`, '--set', 'live.complete_after=30s'];
  const ports = ['--http-port', String(port), '--otlp-http-port', '0'];
  const child = startBetrace(['serve', '--blocks', SHOP, ...ports, ...settings], {
    env: { BETRACE_CACHE: temporaryDirectory() },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const get = async (path: string): Promise<string> =>
    await fetch(`http://127.0.0.1:${port}${path}`).then(
      async (response) => await response.text(),
      () => '',
    );
  let metrics = '';
  const notReady: string[] = [];
  const ready = async (): Promise<string> => {
    const answer = await get('/-/ready');
    if (answer.includes('recovering')) {
      notReady.push(answer);
      metrics = await get('/metrics');
    }
    return answer;
  };
  await expect.poll(ready, { interval: 5 }).toBe('ready\n');
  expect(notReady[0]).toMatch(
    /^not ready: recovering: \d+ segments of the log, \d+ bytes, are still to be read\n$/,
  );
  expect(metricIn(metrics, 'betrace_log_writable')).toBe(1);
  metrics = await get('/metrics');
  expect(metricIn(metrics, 'betrace_recovery_segments_left')).toBe(0);
  expect(metricIn(metrics, 'betrace_open_traces')).toBe(REQUESTS * TRACES);
});

/** A disk without room, and a log that has reached its bound: requests are refused, to be sent again, and taken once there is room. */
import { status as grpc, Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { traceId } from '../../support/arbitrary/spans.js';
import { exportByGrpc } from '../otlp/grpc-client.js';
import { temporaryDirectory } from '../service/support.js';
import { SMALL_DISKS } from './full-disk.js';
import { post, type Serving, send, serve, traceNow } from './process.js';
import { startReceiver } from './receiver.js';

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly message: string;
}

/** Longer than what a file system may still have room for at the end of a file. */
const LONG = Array.from({ length: 200 }, () => 'other');

async function answerTo(serving: Serving, number: number): Promise<Answer> {
  const response = await post(serving.httpPort, protobufOf([traceNow(number, 'charge', ...LONG)]));
  const message = Buffer.from(await response.arrayBuffer()).toString('latin1');
  return { status: response.status, retryAfter: response.headers.get('retry-after'), message };
}

const missing = SMALL_DISKS.filter(({ available }) => !available);
for (const { name } of missing) console.warn(`NOT TESTED: ${name}, as this machine does not allow it`);

describe.each(SMALL_DISKS.filter(({ available }) => available))('$name', (disk) => {
  it('makes it refuse what it cannot keep, and takes it once there is room, without a restart', async () => {
    const directory = temporaryDirectory();
    const receiver = await startReceiver();
    const serving = await serve({ directory, wrapper: disk.wrapper(directory), export: receiver.url });
    expect(await send(serving, traceNow(1, 'charge'))).toBe(200);
    await expect.poll(() => receiver.violated()).toEqual([traceId(1)]);

    expect(await send(serving, traceNow(2, 'charge'))).toBe(200);
    disk.fill(serving);
    const refused = await answerTo(serving, 3);
    expect(refused).toMatchObject({ status: 503, retryAfter: '5' });
    expect(refused.message).toMatch(/the write-ahead log cannot be written: E(NOSPC|FBIG)/);
    const byGrpc = await exportByGrpc(
      serving.grpcPort,
      protobufOf([traceNow(3, 'charge', ...LONG)]),
      new Metadata(),
    );
    expect(byGrpc.code).toBe(grpc.UNAVAILABLE);
    expect(byGrpc.details!.toString('latin1')).toContain('google.rpc.RetryInfo');
    const outcome = { outcome: 'unavailable' };
    expect(await serving.metric('betrace_ingest_request_duration_seconds_count', outcome)).toBeGreaterThan(0);
    // Time for what was acknowledged before to be judged, whose violation may find no room either.
    await new Promise((resolve) => setTimeout(resolve, 2_000));

    disk.free(serving);
    expect((await answerTo(serving, 3)).status).toBe(200);
    await expect.poll(() => receiver.violated()).toEqual([traceId(1), traceId(2), traceId(3)]);
    expect(receiver.spans.size).toBe(3);
    expect(await serving.stop()).toBe(0);
  });
});

it.each(SMALL_DISKS.filter(({ available, small }) => available && small))(
  'a log that may take more than $name has leaves room to be emptied',
  async (disk) => {
    const directory = temporaryDirectory();
    const receiver = await startReceiver();
    const serving = await serve({
      directory,
      wrapper: disk.wrapper(directory),
      export: receiver.url,
      settings: { 'live.quiet_after': '1s', 'live.grace': '1s' },
    });
    expect(serving.log()).toContain('logs may take less than live.log_size');
    let sent = 0;
    let status = 200;
    for (; status === 200; sent++) ({ status } = await answerTo(serving, sent + 1));
    expect(status).toBe(429);
    await expect.poll(async () => (await answerTo(serving, sent)).status).toBe(200);
    await expect.poll(() => receiver.spans.size).toBe(sent);
    expect(await serving.stop()).toBe(0);
  },
);

it('a log that has reached its bound takes requests again when traces are over', async () => {
  const receiver = await startReceiver();
  const serving = await serve({
    export: receiver.url,
    settings: { 'live.log_size': '400kB', 'live.quiet_after': '1s', 'live.grace': '1s' },
  });
  let sent = 0;
  const untilFull = async (): Promise<Answer> => {
    for (;;) {
      const answer = await answerTo(serving, sent + 1);
      if (answer.status !== 200) return answer;
      sent++;
    }
  };
  const refused = await untilFull();
  expect(refused).toMatchObject({ status: 429, retryAfter: '5' });
  expect(refused.message).toContain('the write-ahead log has reached its bound of 400000 bytes');
  expect(await serving.metric('betrace_wal_bytes')).toBeLessThanOrEqual(400_000);
  await expect.poll(async () => (await answerTo(serving, sent + 1)).status).toBe(200);
  sent++;
  await expect.poll(() => receiver.spans.size).toBe(sent);
  expect(await serving.stop()).toBe(0);
});

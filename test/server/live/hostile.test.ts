/** Whoever reaches the ports may send anything: the process stays up, within bounds of memory, and still answers sound requests. */
import { request as httpRequest } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { jsonOf } from '../../../engine/otlp/write-json.js';
import { EXPORT_METHOD } from '../../../server/otlp/grpc.js';
import { Random } from '../../live/simulation/random.js';
import { SIMULATED_RULES } from '../../live/simulation/rules.js';
import { aTrace } from '../../support/arbitrary/trace.js';
import { type HostileRequest, hostileRequest, mutated, noise } from '../../support/hostile.js';
import { exportByGrpc } from '../otlp/grpc-client.js';
import { CHECKED, peakRss, type Serving, send, serve, traceNow } from './process.js';
import { startReceiver, type ViolationReceiver } from './receiver.js';

const SEED = Number(process.env.BETRACE_FUZZ_SEED ?? 1);
const REQUESTS = 1_000;
const CONCURRENT = 16;
const MOST_RSS = 900 * 2 ** 20;

const samples = fc.sample(fc.array(aTrace(7), { minLength: 1, maxLength: 3 }), { numRuns: 50, seed: SEED });

async function startAttacked(): Promise<{
  readonly serving: Serving;
  /** A sound request by both protocols is taken, and what it breaks is found. */
  goesOn(): Promise<void>;
}> {
  const receiver: ViolationReceiver = await startReceiver();
  const serving = await serve({
    export: receiver.url,
    rules: `${CHECKED}\n${SIMULATED_RULES}`,
    settings: { 'live.memory': '64MiB', 'live.judge_memory': '256MiB' },
  });
  let number = 10_000_000;
  return {
    serving,
    goesOn: async () => {
      const ids = [traceNow(number++, 'charge'), traceNow(number++, 'charge')] as const;
      expect(await send(serving, ids[0])).toBe(200);
      const byGrpc = await exportByGrpc(serving.grpcPort, protobufOf([ids[1]]), new Metadata());
      expect(byGrpc.code).toBe(0);
      await expect
        .poll(() => receiver.violated('checked'))
        .toEqual(expect.arrayContaining(ids.map(({ traceId }) => traceId)));
      for (const transport of ['http', 'grpc'])
        expect(
          await serving.metric('betrace_ingest_request_duration_seconds_count', {
            transport,
            outcome: 'failed',
          }),
        ).toBe(0);
      expect(serving.log()).not.toContain('"level":"error"');
      expect(peakRss(serving)).toBeLessThan(MOST_RSS);
    },
  };
}

async function inTurns(count: number, work: (turn: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
}

/** The status of the answer; 0 where the connection was closed without one. */
async function statusOf(port: number, { method, path, headers, body }: HostileRequest): Promise<number> {
  return await new Promise((resolve) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      response.resume();
      response.once('close', () => resolve(response.statusCode ?? 0));
    });
    request.on('error', () => resolve(0));
    request.end(body);
  });
}

it('by HTTP: changed, cut, packed and mislabelled requests are answered as what they are', async () => {
  const { serving, goesOn } = await startAttacked();
  const random = new Random(SEED);
  const seen = new Map<number, number>();
  await inTurns(REQUESTS, async (n) => {
    const traces = samples[n % samples.length]!;
    const status = await statusOf(
      serving.httpPort,
      hostileRequest(protobufOf(traces), jsonOf(traces), random),
    );
    seen.set(status, (seen.get(status) ?? 0) + 1);
  });
  // Some mutants are sound. A connection may be closed before a body that is too long has been sent.
  expect([...seen.keys()].filter((status) => ![0, 200, 400, 404, 405, 413, 415].includes(status))).toEqual(
    [],
  );
  for (const status of [200, 400, 404, 405, 413, 415])
    expect(seen.get(status) ?? 0, String(status)).toBeGreaterThan(3);
  expect(seen.get(0) ?? 0).toBeLessThan(REQUESTS / 20);
  await goesOn();
  expect(await serving.metric('betrace_rule_failures_total')).toBe(0);
  expect(await serving.stop()).toBe(0);
});

it('by HTTP: connections that say nonsense, stop in the middle, or fill the memory', async () => {
  const { serving, goesOn } = await startAttacked();
  const random = new Random(SEED);
  const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n`;
  const nonsense: readonly (string | Buffer)[] = [
    noise(random, 4_000),
    'GET / HTTP/9.9\r\n\r\n',
    `${head}Content-Length: -1\r\n\r\n`,
    `${head}Content-Length: 99999999999999999999\r\n\r\nx`,
    `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\nx`,
    `${head}X: ${'x'.repeat(100_000)}\r\n\r\n`,
    `${head}Content-Length: 100\r\n\r\nhalf`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ];
  const sockets: Socket[] = [];
  const open = async (bytes: string | Buffer): Promise<void> => {
    const socket = connect(serving.httpPort, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  };
  for (let round = 0; round < 10; round++) for (const bytes of nonsense) await open(bytes);

  // Bodies that are nearly sent, more of them than there is room for. Those beyond it are to be sent again.
  const answers: string[] = [];
  const body = Buffer.alloc(15 * 2 ** 20);
  for (let n = 0; n < 24; n++) {
    const socket = connect(serving.httpPort, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    socket.on('data', (chunk: Buffer) => answers.push(chunk.toString('latin1')));
    socket.write(`${head}Content-Length: ${body.length + 1}\r\n\r\n`);
    socket.write(body);
  }
  await expect
    .poll(() => answers.filter((answer) => /^HTTP\/1.1 429 .*retry-after: 1\r\n/is.test(answer)).length)
    .toBeGreaterThan(3);
  for (const socket of sockets) socket.destroy();
  await expect.poll(async () => await send(serving, traceNow(1, 'other'))).toBe(200);
  await goesOn();
  expect(await serving.stop()).toBe(0);
});

it('by gRPC: messages that lie about their length, bombs, wrong frames and streams that are opened and dropped', async () => {
  const { serving, goesOn } = await startAttacked();
  const random = new Random(SEED);
  const codes = new Map<string, number>();
  const session = connectHttp2(`http://127.0.0.1:${serving.grpcPort}`).on('error', () => undefined);
  const call = async (bytes: Buffer, headers: Readonly<Record<string, string>> = {}): Promise<void> =>
    await new Promise((resolve) => {
      const stream = session.request({
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: EXPORT_METHOD,
        [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      const note = (given: Readonly<Record<string, unknown>>): void => {
        const code =
          given['grpc-status'] ?? (given[':status'] === 200 ? undefined : `HTTP ${String(given[':status'])}`);
        if (code !== undefined) codes.set(String(code), (codes.get(String(code)) ?? 0) + 1);
      };
      stream
        .on('response', note)
        .on('trailers', note)
        .on('error', () => undefined);
      stream.once('close', resolve);
      stream.resume();
      stream.end(bytes);
    });
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20));
  await inTurns(REQUESTS / 2, async (n) => {
    const traces = samples[n % samples.length]!;
    const sound = protobufOf(traces);
    const message = random.chance(0.1) ? Buffer.from(sound) : mutated(sound, random);
    switch (random.below(8)) {
      case 0:
        return await call(framed(message, { length: random.below(2 ** 31) }));
      case 1:
        return await call(framed(bomb, { packed: true }), { 'grpc-encoding': 'gzip' });
      case 2:
        return await call(framed(message, { packed: true }), { 'grpc-encoding': 'gzip' });
      case 3:
        return await call(noise(random, random.below(100)));
      case 4:
        return await call(framed(message), { [constants.HTTP2_HEADER_PATH]: '/no.such.Service/Export' });
      case 5:
        return await call(framed(message), { [constants.HTTP2_HEADER_CONTENT_TYPE]: 'text/plain' });
      default:
        return await call(framed(message));
    }
  });
  // OK, invalid argument, resource exhausted, unimplemented, and another content type.
  for (const code of ['0', '3', '8', '12', 'HTTP 415']) expect(codes.get(code) ?? 0, code).toBeGreaterThan(3);
  expect(session.destroyed).toBe(false);

  // Opened and reset at once, again and again.
  for (let n = 0; n < 2_000 && !session.destroyed; n++) {
    const stream = session
      .request({ ':method': 'POST', ':path': EXPORT_METHOD })
      .on('error', () => undefined);
    stream.close(constants.NGHTTP2_CANCEL);
  }
  session.destroy();
  for (let n = 0; n < 20; n++) {
    const socket = connect(serving.grpcPort, '127.0.0.1').on('error', () => undefined);
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), noise(random, 2_000)]));
    setTimeout(() => socket.destroy(), 500);
  }
  await goesOn();
  expect(await serving.stop()).toBe(0);
});

/** A message of gRPC: whether it is packed, its length, and its bytes. */
function framed(message: Buffer, { length = message.length, packed = false } = {}): Buffer {
  const head = Buffer.alloc(5);
  head[0] = packed ? 1 : 0;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

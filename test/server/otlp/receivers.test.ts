/** The receivers, over sockets: with the exporters of the OpenTelemetry SDK, and with requests that no exporter would send. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { Metadata } from '@grpc/grpc-js';
import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { LogRefusal } from '../../../engine/live/log/log.js';
import { hexAt, type SpanBatch, traceIdAt } from '../../../engine/live/otlp/batch.js';
import { decodeTraces } from '../../../engine/live/otlp/decode.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { jsonOf } from '../../../engine/otlp/write-json.js';
import { TokenStore } from '../../../server/auth/tokens.js';
import { EXPORT_METHOD, listenGrpc, type OtlpListening } from '../../../server/otlp/grpc.js';
import { listenHttp } from '../../../server/otlp/http.js';
import type { ReceiverOptions } from '../../../server/otlp/receiver.js';
import { span, trace } from '../../support/arbitrary/spans.js';
import { exportByGrpc } from './grpc-client.js';

const listening: OtlpListening[] = [];
afterEach(async () => {
  await Promise.all(listening.splice(0).map(async (receiver) => await receiver.stop(100)));
});

interface Received {
  readonly tenant: string;
  readonly batch: SpanBatch;
}

async function started(
  options: Partial<ReceiverOptions> = {},
): Promise<{ grpc: number; http: number; received: Received[] }> {
  const received: Received[] = [];
  const all: ReceiverOptions = {
    sink: {
      accept: async (tenant, body) => {
        const batch = decodeTraces(body);
        received.push({ tenant, batch });
        return batch;
      },
    },
    tokens: new TokenStore([]),
    multitenancyEnabled: false,
    tenant: 'single-tenant',
    maxRequest: 100_000,
    observe: () => undefined,
    onError: (error) => expect.fail(String(error)),
    ...options,
  };
  const address = { address: '127.0.0.1', port: 0 };
  const [grpc, http] = await Promise.all([listenGrpc(address, all), listenHttp(address, all)]);
  listening.push(grpc, http);
  return { grpc: grpc.port, http: http.port, received };
}

async function post(
  port: number,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  init: RequestInit = {},
): Promise<Response> {
  const type = typeof body === 'string' ? 'application/json' : 'application/x-protobuf';
  return await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: typeof body === 'string' ? body : Buffer.from(body),
    ...init,
  });
}

const ONE = [trace(span(1, undefined, { name: 'checkout' }))];

describe('exporters of the OpenTelemetry SDK', () => {
  it.each([
    ['gRPC', (grpc: number) => new GrpcExporter({ url: `http://127.0.0.1:${grpc}` })],
    [
      'HTTP, protobuf',
      (_: number, http: number) => new ProtobufExporter({ url: `http://127.0.0.1:${http}/v1/traces` }),
    ],
    [
      'HTTP, JSON',
      (_: number, http: number) => new JsonExporter({ url: `http://127.0.0.1:${http}/v1/traces` }),
    ],
  ])('send spans by %s', async (_, exporterOf) => {
    const { grpc, http, received } = await started();
    const exporter: SpanExporter = exporterOf(grpc, http);
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    const tracer = provider.getTracer('test', '1.0');
    const sent = tracer.startSpan('checkout', {
      kind: SpanKind.SERVER,
      startTime: [1_763_798_342, 123_456_789],
    });
    sent.end([1_763_798_342, 123_456_800]);
    await provider.forceFlush();
    await provider.shutdown();
    expect(received).toHaveLength(1);
    const { batch } = received[0]!;
    expect(traceIdAt(batch, 0)).toBe(sent.spanContext().traceId);
    expect(hexAt(batch.spanIds, 0, 8)).toBe(sent.spanContext().spanId);
    expect([batch.kinds[0], batch.starts[0], batch.durations[0]]).toEqual([
      2,
      1_763_798_342_123_456_789n,
      11n,
    ]);
  });
});

describe('OTLP over HTTP', () => {
  it('answers protobuf with protobuf and JSON with JSON, packed or not', async () => {
    const { http, received } = await started();
    const protobuf = await post(http, protobufOf(ONE));
    expect([protobuf.status, protobuf.headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
    expect((await protobuf.arrayBuffer()).byteLength).toBe(0);
    const json = await post(http, jsonOf(ONE));
    expect([json.status, await json.text()]).toEqual([200, '{}']);
    const packed = await post(http, gzipSync(protobufOf(ONE)), { 'content-encoding': 'gzip' });
    expect(packed.status).toBe(200);
    expect(received.map(({ batch }) => batch.count)).toEqual([1, 1, 1]);
  });

  it('says how many spans it did not take, and why', async () => {
    const { http } = await started();
    const text = jsonOf(ONE).replace(/"spanId":"[0-9a-f]+"/, '"spanId":"00"');
    expect(await (await post(http, text)).json()).toEqual({
      partialSuccess: {
        rejectedSpans: '1',
        errorMessage: expect.stringContaining('it has no valid "spanId"'),
      },
    });
  });

  it('tells a value that is not of the type that it says, and takes the other spans', async () => {
    const { http, received } = await started();
    const two = JSON.parse(jsonOf([...ONE, ...ONE])) as {
      resourceSpans: { scopeSpans: { spans: object[] }[] }[];
    };
    Object.assign(two.resourceSpans[0]!.scopeSpans[0]!.spans[0]!, {
      attributes: [{ key: 'amount', value: { intValue: 'x' } }],
    });
    expect(await (await post(http, JSON.stringify(two))).json()).toEqual({
      partialSuccess: {
        rejectedSpans: '1',
        errorMessage: expect.stringContaining(
          'attribute "amount" is "x", which is not an integer of 64 bits',
        ),
      },
    });
    expect(received.length).toBeGreaterThan(0);
  });

  it.each([
    ['another path', 404, { path: '/v1/metrics' }],
    ['another method', 405, { method: 'PUT' }],
    ['another type', 415, { headers: { 'content-type': 'text/plain' } }],
    ['another encoding', 415, { headers: { 'content-encoding': 'br' } }],
    ['a body that is not packed', 400, { headers: { 'content-encoding': 'gzip' } }],
    ['noise', 400, { body: Buffer.from([0xff, 0xff, 0xff]) }],
    ['a body too long', 413, { body: Buffer.alloc(100_001) }],
    [
      'a body that unpacks to more',
      413,
      { body: gzipSync(Buffer.alloc(10_000_000)), headers: { 'content-encoding': 'gzip' } },
    ],
  ])(
    'refuses %s',
    async (_, status, change: { path?: string; method?: string; headers?: object; body?: Buffer }) => {
      const { http, received } = await started();
      const response = await fetch(`http://127.0.0.1:${http}${change.path ?? '/v1/traces'}`, {
        method: change.method ?? 'POST',
        headers: { 'content-type': 'application/x-protobuf', ...change.headers },
        body: new Uint8Array(change.body ?? Buffer.from(protobufOf(ONE))),
      });
      expect(response.status).toBe(status);
      expect(received).toEqual([]);
    },
  );

  it.each([
    ['busy', 429, '1'],
    ['full', 429, '5'],
    ['disk', 503, '5'],
  ] as const)('asks to send again when the log is refusing: %s', async (reason, status, seconds) => {
    const { http } = await started({
      sink: { accept: async () => await Promise.reject(new LogRefusal(reason, 'no')) },
    });
    const response = await post(http, protobufOf(ONE));
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, seconds]);
  });

  it('tells nothing of what went wrong inside', async () => {
    const errors: unknown[] = [];
    const { http } = await started({
      sink: { accept: async () => await Promise.reject(new Error('secret')) },
      onError: (error) => errors.push(error),
    });
    const response = await post(http, jsonOf(ONE));
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('secret')]);
    expect(errors).toHaveLength(1);
  });
});

describe('OTLP over gRPC', () => {
  it.each([
    ['busy', 8, 1],
    ['disk', 14, 5],
  ] as const)(
    'asks to send again after a delay when the log is refusing: %s',
    async (reason, code, seconds) => {
      const { grpc } = await started({
        sink: { accept: async () => await Promise.reject(new LogRefusal(reason, 'no')) },
      });
      const error = await exportByGrpc(grpc, protobufOf(ONE), new Metadata());
      expect(error.code).toBe(code);
      // RetryInfo.retry_delay.seconds is the last byte of the details.
      expect(Buffer.from(error.details!).at(-1)).toBe(seconds);
      expect(Buffer.from(error.details!).toString('latin1')).toContain('google.rpc.RetryInfo');
    },
  );

  it('refuses noise and what is too long', async () => {
    const { grpc, received } = await started();
    expect((await exportByGrpc(grpc, Buffer.from([0xff, 0xff]), new Metadata())).code).toBe(3);
    expect((await exportByGrpc(grpc, randomBytes(100_001), new Metadata())).code).toBe(8);
    expect(received).toEqual([]);
  });
});

describe('tenants and tokens', () => {
  const tokens = new TokenStore([{ name: 'shop', secret: 's3cret', tenants: ['shop'] }]);

  it('are named by header or metadata', async () => {
    const { grpc, http, received } = await started({ multitenancyEnabled: true });
    expect((await post(http, protobufOf(ONE), { 'x-scope-orgid': 'one' })).status).toBe(200);
    const metadata = new Metadata();
    metadata.set('X-Scope-OrgID', 'two');
    expect((await exportByGrpc(grpc, protobufOf(ONE), metadata)).code).toBe(0);
    expect(received.map(({ tenant }) => tenant)).toEqual(['one', 'two']);
    expect((await post(http, protobufOf(ONE))).status).toBe(401);
    expect((await post(http, protobufOf(ONE), { 'x-scope-orgid': '../up' })).status).toBe(400);
    metadata.add('X-Scope-OrgID', 'three');
    expect((await exportByGrpc(grpc, protobufOf(ONE), metadata)).code).toBe(3);
    expect(received).toHaveLength(2);
  });

  it('keep others out', async () => {
    const { grpc, http, received } = await started({ multitenancyEnabled: true, tokens });
    const send = async (secret: string, tenant: string): Promise<number> =>
      (await post(http, protobufOf(ONE), { authorization: `Bearer ${secret}`, 'x-scope-orgid': tenant }))
        .status;
    expect(await send('wrong', 'shop')).toBe(401);
    expect(await send('s3cret', 'bank')).toBe(403);
    expect(received).toEqual([]);
    expect(await send('s3cret', 'shop')).toBe(200);
    const metadata = new Metadata();
    metadata.set('X-Scope-OrgID', 'shop');
    expect((await exportByGrpc(grpc, protobufOf(ONE), metadata)).code).toBe(16);
    metadata.set('authorization', 'Bearer s3cret');
    expect((await exportByGrpc(grpc, protobufOf(ONE), metadata)).code).toBe(0);
  });

  it('are looked at before a body is: who may not send fills no memory', async () => {
    const { grpc, http } = await started({ tokens });
    const head = { 'content-type': 'application/x-protobuf', 'content-length': '90000' };
    const request = httpRequest({
      host: '127.0.0.1',
      port: http,
      path: '/v1/traces',
      method: 'POST',
      headers: head,
    });
    request.on('error', () => undefined).flushHeaders();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(401);
    request.destroy();

    const session = connect(`http://127.0.0.1:${grpc}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': EXPORT_METHOD,
      'content-type': 'application/grpc',
    });
    const [trailers] = (await once(stream, 'response')) as [Readonly<Record<string, unknown>>];
    expect(trailers['grpc-status']).toBe('16');
    session.destroy();
  });
});

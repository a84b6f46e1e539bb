/** Both ports with a certificate and tokens, spoken to by the exporters of the OpenTelemetry SDK; violations leave over TLS as well. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials, Metadata } from '@grpc/grpc-js';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { expect, it, onTestFinished } from 'vitest';
import { selfSigned } from '../../support/certificate.js';
import { temporaryDirectory } from '../service/support.js';
import { type Serving, serve } from './process.js';
import { openReceiver } from './receiver.js';

interface Sender {
  readonly ca: string;
  readonly token: string;
  readonly tenant: string;
  readonly patienceMs: number;
}

const headersOf = ({ token, tenant }: Sender): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  'x-scope-orgid': tenant,
});

const EXPORTERS: Readonly<Record<string, (serving: Serving, sender: Sender) => SpanExporter>> = {
  gRPC: ({ grpcPort }, sender) => {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headersOf(sender))) metadata.set(name, value);
    return new GrpcExporter({
      url: `https://127.0.0.1:${grpcPort}`,
      credentials: credentials.createSsl(Buffer.from(sender.ca)),
      metadata,
      timeoutMillis: sender.patienceMs,
    });
  },
  'HTTP, protobuf': (serving, sender) => new ProtobufExporter(overHttp(serving, sender)),
  'HTTP, JSON': (serving, sender) => new JsonExporter(overHttp(serving, sender)),
};

function overHttp({ httpPort }: Serving, sender: Sender): object {
  return {
    url: `https://127.0.0.1:${httpPort}/v1/traces`,
    headers: headersOf(sender),
    httpAgentOptions: { ca: sender.ca },
    timeoutMillis: sender.patienceMs,
  };
}

/** Sends a trace that violates the rule; its id, or why it was not taken. */
async function exported(
  exporter: SpanExporter,
): Promise<{ readonly traceId: string; readonly error?: Error }> {
  let error: Error | undefined;
  const catching: SpanExporter = {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        error = result.code === 0 ? undefined : (result.error ?? new Error('refused'));
        done({ code: 0 });
      }),
    shutdown: async () => await exporter.shutdown(),
  };
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(catching)] });
  const span = provider.getTracer('test').startSpan('charge');
  span.end();
  await provider.forceFlush();
  await provider.shutdown();
  const { traceId } = span.spanContext();
  return error === undefined ? { traceId } : { traceId, error };
}

it('take spans from who knows the token of the tenant, and from nobody else', async () => {
  const directory = temporaryDirectory();
  const [own, others] = [selfSigned(), selfSigned()];
  const files = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  writeFileSync(files.cert, own.cert);
  writeFileSync(files.key, own.key);
  const receiver = await openReceiver(0, own);
  onTestFinished(async () => await receiver.stop());
  const serving = await serve({
    directory,
    export: receiver.url,
    settings: {
      multitenancy_enabled: true,
      'otlp.tls.cert_file': files.cert,
      'otlp.tls.key_file': files.key,
      'export.ca_file': files.cert,
    },
    env: {
      BETRACE_AUTH_TOKENS: JSON.stringify([{ name: 'shop', token_env: 'SHOP', tenants: ['shop'] }]),
      SHOP: 's3cret-of-the-shop',
    },
  });
  const good: Sender = { ca: own.cert, token: 's3cret-of-the-shop', tenant: 'shop', patienceMs: 30_000 };
  const taken: string[] = [];
  for (const [name, exporterOf] of Object.entries(EXPORTERS)) {
    const { traceId, error } = await exported(exporterOf(serving, good));
    expect(error, name).toBeUndefined();
    taken.push(traceId);
    for (const bad of [{ token: 'guessed' }, { tenant: 'bank' }, { ca: others.cert, patienceMs: 1_000 }])
      expect((await exported(exporterOf(serving, { ...good, ...bad }))).error, name).toBeDefined();
  }
  // Without TLS nobody is answered.
  await expect(fetch(`http://127.0.0.1:${serving.httpPort}/v1/traces`, { method: 'POST' })).rejects.toThrow();
  await expect.poll(() => receiver.violated()).toEqual(taken.sort());
  expect(serving.log()).not.toContain('s3cret-of-the-shop');
  expect(await serving.stop()).toBe(0);
});

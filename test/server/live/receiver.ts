/** A receiver of violation spans, as Tempo would be: it keeps each span once. */
import { onTestFinished } from 'vitest';
import { decodeTraces } from '../../../engine/live/otlp/decode.js';
import { TokenStore } from '../../../server/auth/tokens.js';
import { listenGrpc } from '../../../server/otlp/grpc.js';
import { fixedTls } from '../../../server/shared/tls-material.js';
import { type ReadSpan, readExport } from '../../live/outbox/otlp-proto.js';
import type { Certificate } from '../../support/certificate.js';

export interface ViolationReceiver {
  readonly url: string;
  readonly port: number;
  /** By span id. */
  readonly spans: ReadonlyMap<string, ReadSpan>;
  /** Ids of the offending traces, sorted. */
  violated(rule?: string): readonly string[];
}

export interface OpenReceiver extends ViolationReceiver {
  stop(): Promise<void>;
}

/** Stopped when the test is over. */
export async function startReceiver(): Promise<ViolationReceiver> {
  const receiver = await openReceiver();
  onTestFinished(async () => await receiver.stop());
  return receiver;
}

/** At that port, or any free one; with a certificate it speaks TLS. */
export async function openReceiver(port = 0, certificate?: Certificate): Promise<OpenReceiver> {
  const spans = new Map<string, ReadSpan>();
  const tls =
    certificate && fixedTls({ cert: Buffer.from(certificate.cert), key: Buffer.from(certificate.key) });
  const listening = await listenGrpc(
    { address: '127.0.0.1', port, ...(tls === undefined ? {} : { tls }) },
    {
      sink: {
        accept: async (_, body) => {
          for (const span of readExport(body)) if (!spans.has(span.spanId)) spans.set(span.spanId, span);
          return decodeTraces(new Uint8Array(0));
        },
      },
      tokens: new TokenStore([]),
      multitenancyEnabled: false,
      tenant: 'any',
      maxRequest: 2 ** 26,
      observe: () => undefined,
      onError: () => undefined,
    },
  );
  return {
    stop: async () => await listening.stop(50),
    port: listening.port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${listening.port}`,
    spans,
    violated: (rule) =>
      [...spans.values()]
        .filter(({ attributes }) => rule === undefined || attributes['betrace.rule.id'] === rule)
        .map(({ attributes }) => String(attributes['betrace.violation.trace_id']))
        .sort(),
  };
}

import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import type { SendOutcome } from '../../engine/live/outbox/delivery.js';
import { EXPORT_METHOD } from '../otlp/grpc.js';
import type { TlsMaterial } from '../shared/tls-material.js';
import { retryAfterMs, sentOutcome } from './answers.js';
import type { Sender, SenderOptions } from './sender.js';

/** Its own two minutes would keep a receiver that is back from being noticed. */
const CHANNEL = { 'grpc.max_reconnect_backoff_ms': 20_000 };

const bytes = (message: Buffer): Buffer => message;

export function grpcSender({ endpoint, headers, tenantHeader, timeoutMs, tls }: SenderOptions): Sender {
  const { protocol, host, port } = new URL(endpoint);
  const secure = protocol === 'https:';
  const address = port === '' ? `${host}:${secure ? 443 : 80}` : host;
  const connect = (): Client =>
    new Client(address, secure ? secureChannel(tls?.current) : credentials.createInsecure(), CHANNEL);
  let client = connect();
  const stopListening = tls?.onChange(() => {
    // Requests that are under way still end: a client that is closed takes no more.
    client.close();
    client = connect();
  });
  return {
    send: async (tenant, request) => {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
      if (tenantHeader) metadata.set('x-scope-orgid', tenant);
      return await new Promise<SendOutcome>((resolve) => {
        client.makeUnaryRequest(
          EXPORT_METHOD,
          bytes,
          bytes,
          Buffer.from(request),
          metadata,
          { deadline: Date.now() + timeoutMs },
          (error, response) => {
            if (error !== null) resolve(failureOf(error));
            else resolve(sentOutcome(response ?? new Uint8Array(0)));
          },
        );
      });
    },
    close: () => {
      stopListening?.();
      client.close();
    },
  };
}

function secureChannel({ ca, key, cert }: TlsMaterial = {}): ChannelCredentials {
  return credentials.createSsl(ca ?? null, key ?? null, cert ?? null);
}

/**
 * Only what is wrong with the request itself is refused for good. The specification would also give up on what an operator can
 * put right, such as a wrong token; a violation waits for that.
 */
function failureOf({ code, details, metadata }: ServiceError): SendOutcome {
  const message = `${status[code] ?? code}: ${details}`;
  if (code === status.INVALID_ARGUMENT) return { kind: 'refused', message };
  const [info] = metadata?.get('grpc-status-details-bin') ?? [];
  const afterMs = Buffer.isBuffer(info) ? retryAfterMs(info) : undefined;
  return { kind: 'later', message, ...(afterMs === undefined ? {} : { afterMs }) };
}

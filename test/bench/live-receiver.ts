/** In the place of Tempo: takes violation spans and notes when they came. */
import { decodeTraces } from '../../engine/live/otlp/decode.js';
import { RETRACTS_KEY } from '../../engine/otlp/own-spans.js';
import { TokenStore } from '../../server/auth/tokens.js';
import { listenGrpc } from '../../server/otlp/grpc.js';
import { readExport } from '../live/outbox/otlp-proto.js';

export interface Arrival {
  readonly rule: string;
  /** Of the violation, which a retraction takes back. */
  readonly id: string;
  readonly isRetracted: boolean;
  /** Of the offending trace. */
  readonly traceId: string;
  /** Unix time in milliseconds. */
  readonly at: number;
}

export interface BenchReceiver {
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<BenchReceiver> {
  const arrivals: Arrival[] = [];
  const listening = await listenGrpc(
    { address: '127.0.0.1', port: 0 },
    {
      sink: {
        accept: async (_, body) => {
          const received = performance.timeOrigin + performance.now();
          for (const { attributes } of readExport(body))
            arrivals.push({
              rule: String(attributes['betrace.rule.id']),
              id: String(attributes['betrace.violation.id'] ?? attributes[RETRACTS_KEY]),
              isRetracted: attributes[RETRACTS_KEY] !== undefined,
              traceId: String(attributes['betrace.violation.trace_id']),
              at: received,
            });
          return decodeTraces(new Uint8Array(0));
        },
      },
      tokens: new TokenStore([]),
      multitenancyEnabled: false,
      tenant: 'any',
      maxRequest: 2 ** 26,
      observe: () => undefined,
      onError: (error) => process.stderr.write(`${String(error)}\n`),
    },
  );
  return {
    url: `http://127.0.0.1:${listening.port}`,
    arrivals,
    stop: async () => await listening.stop(50),
  };
}

import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServiceDefinition,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { FromFiles } from '../shared/from-files.js';
import type { TlsMaterial } from '../shared/tls-material.js';
import { secureCredentials } from './grpc-tls.js';
import { exportResponse, rpcStatus } from './messages.js';
import { admit, type ReceiverOptions, type Refused, receive, type Sender } from './receiver.js';

export interface OtlpListening {
  readonly port: number;
  /** Stops accepting; requests that are being answered have until `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>;
}

export interface OtlpAddress {
  readonly address: string;
  readonly port: number;
  readonly tls?: FromFiles<TlsMaterial>;
  /** Of the port for HTTP: names that it goes by, and web origins whose scripts may send. */
  readonly allowedHosts?: readonly string[];
  readonly corsOrigins?: readonly string[];
}

export const EXPORT_METHOD = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** Messages stay bytes: they are decoded straight into columns. */
const SERVICE: ServiceDefinition<UntypedServiceImplementation> = {
  Export: {
    path: EXPORT_METHOD,
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};

/** Rejects where the address is taken or not this machine's. */
export async function listenGrpc(
  { address, port, tls }: OtlpAddress,
  options: ReceiverOptions,
): Promise<OtlpListening> {
  const server = new Server({
    'grpc.max_receive_message_length': options.maxRequest,
    'grpc.max_concurrent_streams': 1000,
    ...(options.tokens.size > 0 && { interceptors: [knownSendersOnly(options)] }),
  });
  const handler: handleUnaryCall<Buffer, Buffer> = (call, done) => {
    const tenant = admit(options, senderOf(call.metadata));
    if (typeof tenant !== 'string') return done(errorOf(tenant));
    const request = { transport: 'grpc', form: 'protobuf', body: call.request, tenant } as const;
    void receive(options, request).then((outcome) => {
      if (outcome.kind === 'accepted') done(null, Buffer.from(exportResponse(outcome.partial)));
      else done(errorOf(outcome));
    });
  };
  server.addService(SERVICE, { Export: handler });
  const credentials = tls === undefined ? ServerCredentials.createInsecure() : secureCredentials(tls);
  const bound = await new Promise<number>((resolve, reject) => {
    const host = address.includes(':') ? `[${address}]` : address;
    server.bindAsync(`${host}:${port}`, credentials, (error, found) =>
      error === null ? resolve(found) : reject(error),
    );
  });
  return {
    port: bound,
    stop: async (timeoutMs) => {
      const timer = setTimeout(() => server.forceShutdown(), timeoutMs);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(timer);
    },
  };
}

/** Refuses the others by their metadata, while nothing of the message has been read. */
function knownSendersOnly(options: ReceiverOptions): ServerInterceptor {
  return (_, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const tenant = admit(options, senderOf(metadata));
            if (typeof tenant === 'string') pass(metadata);
            else call.sendStatus(errorOf(tenant));
          },
        }),
    });
}

function senderOf(metadata: Metadata): Sender {
  return {
    transport: 'grpc',
    tenants: metadata.get('x-scope-orgid').map(String),
    authorization: metadata.get('authorization').map(String)[0],
  };
}

const CODES: Readonly<Record<Refused['kind'], status>> = {
  malformed: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  overloaded: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  failed: status.INTERNAL,
};

/** A client sends again only where the answer names a delay. */
function errorOf(outcome: Refused): Pick<ServiceError, 'code' | 'details' | 'metadata'> {
  const code = CODES[outcome.kind];
  const metadata = new Metadata();
  if ('retryAfterSeconds' in outcome)
    metadata.set(
      'grpc-status-details-bin',
      Buffer.from(rpcStatus(code, outcome.message, outcome.retryAfterSeconds)),
    );
  return { code, details: outcome.message, metadata };
}

/** `tempopb.StreamingQuerier`, which Grafana asks by gRPC at the address of the data source where streaming is on. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  type handleServerStreamingCall,
  type Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { principalFor } from '../../auth/credentials.js';
import type { Principal } from '../../auth/principal.js';
import type { TokenStore } from '../../auth/tokens.js';
import type { Call } from '../../http/call.js';
import type { Http2Side } from '../../http/h2c.js';
import { ClientGone, HttpError, Overdue, Stopping } from '../../http/http-error.js';
import { tenantFor } from '../../http/tenant.js';
import type { Logger } from '../../shared/log.js';
import type { TempoContext } from '../context.js';
import { METHODS, type Method } from './methods.js';

export interface StreamingQuerierOptions {
  readonly context: TempoContext;
  readonly tokens: TokenStore;
  readonly log: Logger;
}

/** How long cancelled calls have for saying so, in milliseconds. */
const FAREWELL_MS = 1_000;

/** Messages stay bytes: each method reads and writes its own. */
const asIs = (bytes: Buffer): Buffer => bytes;

const SERVICE: ServiceDefinition<UntypedServiceImplementation> = Object.fromEntries(
  Object.keys(METHODS).map((name) => [
    name,
    {
      path: `/tempopb.StreamingQuerier/${name}`,
      requestStream: false,
      responseStream: true,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  ]),
);

/** Takes connections from an HTTP server that shares its port. */
export function streamingQuerier(options: StreamingQuerierOptions): Http2Side {
  const open = new Set<AbortController>();
  const server = new Server({
    'grpc.max_receive_message_length': options.context.config.http.maxBody,
    'grpc.max_concurrent_streams': 100,
  });
  server.addService(
    SERVICE,
    Object.fromEntries(
      Object.entries(METHODS).map(([name, method]) => [name, handler(options, method, open)]),
    ),
  );
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    take: (socket: Socket) => injector.injectConnection(socket),
    stop: async (graceMs) => {
      const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      const timers = [
        setTimeout(() => {
          for (const controller of open) controller.abort(new Stopping());
        }, graceMs),
        setTimeout(() => server.forceShutdown(), graceMs + FAREWELL_MS),
      ];
      await ended;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function handler(
  options: StreamingQuerierOptions,
  method: Method,
  open: Set<AbortController>,
): handleServerStreamingCall<Buffer, Buffer> {
  const { context, tokens } = options;
  return (stream) => {
    const controller = new AbortController();
    open.add(controller);
    const { timeout } = context.config.query;
    const timer =
      timeout > 0 ? setTimeout(() => controller.abort(new Overdue('the request')), timeout) : undefined;
    stream.once('cancelled', () => controller.abort(new ClientGone()));
    const id = randomUUID();
    const log = options.log.child({ request: id, method: stream.getPath() });
    const answer = async (): Promise<void> => {
      const tenant = tenantOf(stream.metadata, context, principalOf(stream.metadata, tokens));
      const call: Call = { id, tenant, log: log.child({ tenant }), signal: controller.signal };
      for (const message of await method(context, call, stream.request)) stream.write(Buffer.from(message));
      stream.end();
    };
    void Promise.race([answer(), aborted(controller.signal)])
      .catch((error: unknown) => stream.emit('error', statusOf(error, log)))
      .finally(() => {
        clearTimeout(timer);
        open.delete(controller);
      });
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function principalOf(metadata: Metadata, tokens: TokenStore): Principal {
  const [authorization = ''] = metadata.get('authorization').map(String);
  const principal = principalFor(authorization, tokens);
  if (principal === undefined) throw new HttpError(401, 'a valid bearer token is needed');
  return principal;
}

function tenantOf(metadata: Metadata, { config }: TempoContext, principal: Principal): string {
  return tenantFor(metadata.get('x-scope-orgid').map(String), config, principal);
}

const CODES: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  422: status.RESOURCE_EXHAUSTED,
  429: status.RESOURCE_EXHAUSTED,
  499: status.CANCELLED,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
};

function statusOf(error: unknown, log: Logger): { readonly code: status; readonly details: string } {
  if (error instanceof HttpError)
    return { code: CODES[error.status] ?? status.UNKNOWN, details: error.message };
  // What protobufjs throws on bytes that are no message.
  if (error instanceof RangeError)
    return { code: status.INVALID_ARGUMENT, details: 'the message is malformed' };
  log.error({ err: error }, 'a gRPC request failed unexpectedly');
  return { code: status.INTERNAL, details: 'an unexpected error happened; the log has it' };
}

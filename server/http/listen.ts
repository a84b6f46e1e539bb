import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/schema.js';
import type { FromFiles } from '../shared/from-files.js';
import type { TlsMaterial } from '../shared/tls-material.js';
import { cannotListen } from './cannot-listen.js';
import { type Http2Side, shareWithHttp2 } from './h2c.js';
import { Stopping } from './http-error.js';
import type { OpenRequests } from './request-scope.js';
import { secureServer } from './secure-server.js';
import { readableOnly, refuseTunnels } from './target.js';

export interface Listening {
  /** As a client on this machine would write it. */
  readonly url: string;
  readonly port: number;
  /**
   * Stops listening, waits for the requests that are being answered, cancels them after `shutdown_timeout`, and cuts off
   * what is left a moment later.
   */
  stop(): Promise<void>;
}

/** How long cancelled requests have for saying so, in milliseconds. */
const FAREWELL_MS = 1_000;

/** Calls of HTTP/2 go to `http2`, where there is no TLS. Rejects with `StartError` BT5043 where the address is taken or not this machine's. */
export async function listen(
  http: Config['http'],
  handler: RequestListener,
  open: OpenRequests,
  options: { readonly http2?: Http2Side; readonly tls?: FromFiles<TlsMaterial> } = {},
): Promise<Listening> {
  const { http2, tls } = options;
  const server = serverOf(http, readableOnly(handler), tls);
  refuseTunnels(server);
  // With TLS, clients that choose HTTP/2 would find gRPC and nothing else.
  const shared = tls === undefined ? http2 : undefined;
  if (shared !== undefined) shareWithHttp2(server, shared, http.headersTimeout);
  server.headersTimeout = http.headersTimeout;
  server.requestTimeout = http.requestTimeout;
  server.keepAliveTimeout = http.keepAlive;
  server.maxConnections = http.maxConnections;
  let stopping = false;
  server.prependListener('request', (_request, response) => {
    if (stopping) response.setHeader('Connection', 'close');
    // A connection that was busy when the stop began, and is kept alive by its client, is idle only now.
    response.once('close', () => {
      if (stopping) setImmediate(() => server.closeIdleConnections());
    });
  });
  // So many may come at once: the system turns away those that are more until they come again.
  server.listen({ port: http.port, host: http.address, backlog: http.maxConnections });
  await once(server, 'listening').catch(cannotListen('http.port', http));
  const { port, address, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    port,
    stop: async () => {
      stopping = true;
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const drained = shared?.stop(http.shutdownTimeout);
      if (await within(http.shutdownTimeout, closed)) return;
      open.abortAll(new Stopping());
      if (await within(FAREWELL_MS, closed)) return;
      server.closeAllConnections();
      await drained;
      await closed;
    },
  };
}

/** Room for the headers of a request in addition to its URL, which Node counts among them. */
const HEADER_BYTES = 16_384;

function serverOf(
  { headersTimeout, maxUrl }: Config['http'],
  handler: RequestListener,
  tls: FromFiles<TlsMaterial> | undefined,
): Server {
  const options = {
    // How often connections are held to the timeouts; Node's own 30 s would make them that much longer.
    connectionsCheckingInterval: Math.max(100, Math.min(5_000, headersTimeout / 4)),
    maxHeaderSize: maxUrl + HEADER_BYTES,
  };
  if (tls === undefined) return createServer(options, handler);
  return secureServer(tls, handler, options);
}

async function within(ms: number, event: Promise<unknown>): Promise<boolean> {
  const given = new AbortController();
  try {
    return await Promise.race([
      event.then(() => true),
      sleep(ms, false, { signal: given.signal }).catch(() => false),
    ]);
  } finally {
    given.abort();
  }
}

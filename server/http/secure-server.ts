import type { RequestListener, Server } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { FromFiles } from '../shared/from-files.js';
import type { TlsMaterial } from '../shared/tls-material.js';

/** Speaks TLS with what the files have at the time; with authorities, only to clients whose certificate one of them has signed. */
export function secureServer(
  tls: FromFiles<TlsMaterial>,
  handler: RequestListener,
  options: ServerOptions = {},
): Server {
  const known = tls.current.ca !== undefined;
  const server = createServer(
    { ...options, ...tls.current, requestCert: known, rejectUnauthorized: known },
    handler,
  );
  const stop = tls.onChange((material) => server.setSecureContext(material));
  server.once('close', stop);
  return server;
}

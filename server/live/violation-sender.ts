import { grpcSender } from '../export/grpc.js';
import { httpSender } from '../export/http.js';
import type { Sender } from '../export/sender.js';
import { tlsFromFiles } from '../shared/tls-material.js';
import type { LiveContext } from './live-context.js';

/** Sends violation spans to where they are configured to go; without an endpoint they go nowhere. */
export async function violationSender({ config, log, metrics }: LiveContext): Promise<Sender> {
  const { export: to } = config;
  // Counted and logged they are all the same.
  if (to.endpoint === undefined)
    return { send: async () => ({ kind: 'sent', rejected: 0 }), close: () => undefined };
  const tls = await tlsFromFiles(to, { what: 'export', log, reloads: metrics.fileReloads });
  const options = {
    endpoint: to.endpoint,
    headers: to.headers,
    tenantHeader: to.tenantHeader,
    timeoutMs: to.timeout,
    ...(tls && { tls }),
  };
  const sender = to.protocol === 'grpc' ? grpcSender(options) : httpSender(options);
  return {
    send: sender.send,
    close: () => {
      sender.close();
      tls?.close();
    },
  };
}

/** The ports that spans come in by. */
import { cannotListen } from '../http/cannot-listen.js';
import { listenGrpc, type OtlpListening } from '../otlp/grpc.js';
import { listenHttp } from '../otlp/http.js';
import type { ReceiverOptions, SpanSink } from '../otlp/receiver.js';
import { boundedErrors } from '../shared/error-log.js';
import { tlsFromFiles } from '../shared/tls-material.js';
import type { LiveContext } from './live-context.js';
import type { LiveMetrics } from './live-metrics.js';

/** Those that are configured. */
export type OtlpPorts = Partial<Record<'grpcPort' | 'httpPort', number>>;

/** Opens them; `undo` gets how to close them. Rejects with `StartError` where one is taken. */
export async function openOtlpPorts(
  { config, log, metrics, tokens }: LiveContext,
  sink: SpanSink,
  observed: LiveMetrics,
  undo: (() => unknown)[],
): Promise<OtlpPorts> {
  const { otlp, multitenancyEnabled, tenant, http } = config;
  const options: ReceiverOptions = {
    sink,
    tokens,
    multitenancyEnabled,
    tenant,
    maxRequest: otlp.maxRequest,
    observe: observed.observeRequest,
    onError: boundedErrors(log, 'receiving spans'),
  };
  const { clientCaFile: caFile } = otlp.tls;
  const watched = { what: 'otlp.tls', log, reloads: metrics.fileReloads };
  const tls = await tlsFromFiles({ ...otlp.tls, caFile }, watched);
  undo.push(() => tls?.close());
  const listen = async (
    how: typeof listenGrpc,
    port: number | undefined,
    setting: string,
    name: string,
  ): Promise<OtlpListening | undefined> => {
    if (port === undefined) return undefined;
    const { address, allowedHosts, corsOrigins } = otlp;
    const where = { address, port, allowedHosts, corsOrigins, ...(tls && { tls }) };
    const listening = await how(where, options).catch(cannotListen(setting, where));
    undo.push(() => listening.stop(http.shutdownTimeout));
    log.info({ address: otlp.address, port: listening.port }, `receiving OTLP over ${name}`);
    return listening;
  };
  const grpc = await listen(listenGrpc, otlp.grpcPort, 'otlp.grpc_port', 'gRPC');
  const byHttp = await listen(listenHttp, otlp.httpPort, 'otlp.http_port', 'HTTP');
  return {
    ...(grpc === undefined ? {} : { grpcPort: grpc.port }),
    ...(byHttp === undefined ? {} : { httpPort: byHttp.port }),
  };
}

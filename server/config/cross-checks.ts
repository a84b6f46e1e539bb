/** What no single value can be wrong about. */
import { isTenantId } from '../shared/tenant-id.js';
import { receivesSpans } from './receives-spans.js';
import type { Config } from './schema.js';
import { engineProblem, placeProblem } from './storage-place.js';

export interface CrossProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** Less than this and DuckDB fails on its own buffers. */
const LEAST_SHARE = 2 ** 27;

export function crossChecks(config: Config): readonly CrossProblem[] {
  const { evidence, http, live, otlp, query, replay, tenant } = config;
  const problems: CrossProblem[] = [];
  const need = (holds: boolean, path: readonly string[], message: string): void => {
    if (!holds) problems.push({ path, message });
  };
  need(
    otlp.tls.clientCaFile === undefined || otlp.tls.certFile !== undefined,
    ['otlp', 'tls', 'client_ca_file'],
    'needs otlp.tls.cert_file and otlp.tls.key_file as well',
  );
  need(
    (config.export.certFile === undefined) === (config.export.keyFile === undefined),
    ['export', config.export.certFile === undefined ? 'key_file' : 'cert_file'],
    'needs the other of cert_file and key_file as well',
  );
  for (const [section, { tls }] of Object.entries({ http, otlp }))
    need(
      (tls.certFile === undefined) === (tls.keyFile === undefined),
      [section, 'tls', tls.certFile === undefined ? 'key_file' : 'cert_file'],
      'needs the other of cert_file and key_file as well',
    );
  need(
    live.completeAfter <= live.quietAfter,
    ['live', 'complete_after'],
    'must not be longer than live.quiet_after',
  );
  for (const [section, { memory, concurrency }] of Object.entries({ query, replay }))
    need(
      memory / concurrency >= LEAST_SHARE,
      [section, 'memory'],
      `must be at least 128MiB for each of the ${concurrency} of ${section}.concurrency`,
    );
  const { source, kafka } = live;
  const hasPort = otlp.grpcPort !== undefined || otlp.httpPort !== undefined;
  need(
    !evidence.enabled || receivesSpans(config),
    ['evidence', 'enabled'],
    'is about spans that are received: name otlp.grpc_port, otlp.http_port or live.source kafka as well',
  );
  need(
    source !== 'kafka' || kafka.brokers.length > 0,
    ['live', 'source'],
    'is kafka: name live.kafka.brokers as well',
  );
  need(
    source !== 'kafka' || !hasPort,
    ['live', 'source'],
    'is kafka: spans come by the topic alone, so leave otlp.grpc_port and otlp.http_port out',
  );
  need(
    (kafka.saslUsername === undefined) === (kafka.saslPassword === undefined),
    ['live', 'kafka', kafka.saslUsername === undefined ? 'sasl_username' : 'sasl_password'],
    'needs the other of sasl_username and sasl_password as well',
  );
  need(
    (kafka.certFile === undefined) === (kafka.keyFile === undefined),
    ['live', 'kafka', kafka.certFile === undefined ? 'key_file' : 'cert_file'],
    'needs the other of cert_file and key_file as well',
  );
  const address = placeProblem(config.storage);
  need(address === undefined, ['storage', 'blocks'], address ?? '');
  const engine = address === undefined ? engineProblem(config) : undefined;
  need(engine === undefined, ['engine', 'address'], engine ?? '');
  const owners = live.owners === undefined ? undefined : placeProblem(config.storage, live.owners);
  need(owners === undefined, ['live', 'owners'], owners ?? '');
  need(
    (config.storage.s3.accessKey === undefined) === (config.storage.s3.secretKey === undefined),
    ['storage', 's3', config.storage.s3.accessKey === undefined ? 'access_key' : 'secret_key'],
    'needs the other of access_key and secret_key as well',
  );
  need(isTenantId(tenant), ['tenant'], `${JSON.stringify(tenant)} is no tenant id`);
  return problems;
}

import { expect, test } from 'vitest';
import { ConfigError } from '../../../server/config/layer.js';
import { loadConfig } from '../../../server/config/load.js';
import { printConfig } from '../../../server/config/print.js';
import { placeOf, requestsOf } from '../../../server/config/storage-place.js';
import { directoryOf } from '../../blocks/storage/support.js';

const S3 = `
server: { http_listen_port: 3200 }
storage:
  trace:
    backend: s3
    pool: { max_workers: 100 }
    s3:
      bucket: traces
      prefix: /tempo/
      endpoint: minio:9000
      region: eu-west-1
      access_key: \${KEY}
      secret_key: \${SECRET}
      session_token: \${TOKEN:-none}
      insecure: true
      forcepathstyle: true
      tls_ca_path: /etc/ca.pem
      tls_insecure_skip_verify: true
      sse: { type: SSE-C, encryption_key: 0123456789abcdef0123456789abcdef }
      hedge_requests_at: 500ms
      hedge_requests_up_to: 3
      list_blocks_concurrency: 5
      part_size: 1000000
`;

async function load(text: string, env: Readonly<Record<string, string>> = {}, settings = {}) {
  const root = await directoryOf({ 'tempo.yaml': text });
  return await loadConfig({
    env,
    settings: Object.entries({ 'storage.tempo_config': `${root}/tempo.yaml`, ...settings }).map(
      ([name, value]) => ({ path: name.split('.'), value, place: '--set' }),
    ),
  });
}

test('Tempo’s storage in S3 is understood, with its environment, and the rest is named', async () => {
  const { config, warnings, values } = await load(S3, { KEY: 'AKIA', SECRET: 'hidden-secret' });
  expect(placeOf(config.storage)).toEqual({
    kind: 's3',
    bucket: 'traces',
    prefix: 'tempo',
    endpoint: 'minio:9000',
    region: 'eu-west-1',
    accessKey: 'AKIA',
    secretKey: 'hidden-secret',
    sessionToken: 'none',
    insecure: true,
    pathStyle: true,
    customerKey: '0123456789abcdef0123456789abcdef',
    tls: { caFile: '/etc/ca.pem', skipVerify: true },
  });
  expect(requestsOf(config.storage)).toMatchObject({
    hedgeAfterMs: 500,
    hedgeUpTo: 3,
    listings: 5,
    tries: 5,
  });
  expect(warnings.join('\n')).toMatch(
    /not used by betrace: storage\.trace\.pool, storage\.trace\.s3\.part_size$/,
  );
  const printed = printConfig(values);
  expect(printed).toMatch(/blocks: s3:\/\/traces\/tempo # \S+tempo\.yaml:\d+:\d+/);
  expect(printed).not.toMatch(/AKIA|hidden-secret|0123456789abcdef/);
});

test.each([
  [
    '{backend: gcs, gcs: {bucket_name: traces, prefix: p, endpoint: "http://127.0.0.1:1/storage/v1/", insecure: true}}',
    {
      kind: 'gcs',
      bucket: 'traces',
      prefix: 'p',
      endpoint: 'http://127.0.0.1:1/storage/v1/',
      insecure: true,
    },
  ],
  [
    '{backend: azure, azure: {storage_account_name: acc1, container_name: traces, storage_account_key: k, endpoint_suffix: "127.0.0.1:1"}}',
    {
      kind: 'azure',
      account: 'acc1',
      container: 'traces',
      prefix: '',
      accountKey: 'k',
      endpoint: '127.0.0.1:1',
    },
  ],
  [
    '{backend: azure, azure: {storage_account_name: acc1, container_name: traces, use_managed_identity: true, use_federated_token: true, user_assigned_id: id}}',
    {
      kind: 'azure',
      account: 'acc1',
      container: 'traces',
      prefix: '',
      identity: 'federated',
      clientId: 'id',
    },
  ],
  ['{backend: local, local: {path: /var/tempo/traces}}', { kind: 'local', directory: '/var/tempo/traces' }],
])('the storage %s is understood', async (trace, place) => {
  const { config, warnings } = await load(`storage:\n  trace: ${trace}`);
  expect(placeOf(config.storage)).toEqual(place);
  expect(warnings).toEqual([]);
});

test('what is set elsewhere goes before it', async () => {
  const { config } = await load(S3, { KEY: 'a', SECRET: 'b' }, { 'storage.blocks': 'gs://other' });
  expect(placeOf(config.storage)).toEqual({ kind: 'gcs', bucket: 'other', prefix: '', insecure: false });
});

test('a variable that is not set is reported', async () => {
  const text = `storage: {trace: {backend: s3, s3: {bucket: traces, region: "\${REGION}"}}}`;
  expect((await load(text)).warnings).toEqual([
    expect.stringMatching(/takes REGION from the environment, where it is not set$/),
  ]);
});

test.each([
  ['server: {}', 'storage.trace: is missing: it is what tells where Tempo keeps its blocks'],
  ['storage: {trace: {backend: swift}}', 'storage.trace.backend: is none of local, s3, gcs, azure'],
  ['storage: {trace: {backend: s3, s3: {}}}', 'storage.trace.s3.bucket: is missing'],
  ['storage: {trace: {backend: s3, s3: {bucket: Bad Name}}}', 'storage.blocks: names no bucket'],
  ['storage: {trace: {backend: s3, s3: {bucket: traces, hedge_requests_at: soon}}}', 'is not a duration'],
])('%s is refused', async (text, message) => {
  const failed = load(text);
  await expect(failed).rejects.toThrow(ConfigError);
  await expect(failed).rejects.toThrow(message);
});

test('the topic of Tempo 3 is taken along, for whoever reads it', async () => {
  const tempo = `
storage: { trace: { backend: local, local: { path: /blocks } } }
ingest: { kafka: { address: kafka, topic: spans, sasl_username: tempo, sasl_password: \${PASSWORD}, client_id: x } }
`;
  const { config, values } = await load(tempo, { PASSWORD: 'hidden-secret' }, { 'live.source': 'kafka' });
  expect(config.live.kafka).toMatchObject({
    brokers: ['kafka:9092'],
    topic: 'spans',
    saslUsername: 'tempo',
    saslPassword: 'hidden-secret',
  });
  expect(printConfig(values)).not.toContain('hidden-secret');
  const other = await load(tempo.replace('kafka,', '"10.0.0.1:9093",'), { PASSWORD: 'x' });
  expect(other.config.live).toMatchObject({ source: 'otlp', kafka: { brokers: ['10.0.0.1:9093'] } });
});

test.each([
  [{ 'live.source': 'kafka' }, 'live.kafka.brokers'],
  [{ 'live.source': 'kafka', 'live.kafka.brokers': ['k:9092'], 'otlp.grpc_port': 0 }, 'leave otlp.grpc_port'],
  [{ 'live.kafka.sasl_username': 'tempo' }, 'sasl_password'],
  [{ 'live.kafka.brokers': ['kafka'] }, 'live.kafka.brokers'],
])('%o is refused', async (settings, reason) => {
  const tempo = 'storage: { trace: { backend: local, local: { path: /blocks } } }';
  await expect(load(tempo, {}, settings)).rejects.toThrow(reason);
});

/** Tempo's own configuration as the lowest layer of ours: what its `storage.trace` says of where blocks are and how they are read, and its `ingest.kafka` of the topic that spans go through. */
import { readFile } from 'node:fs/promises';
import { parseFileLayer } from './file-layer.js';
import { ConfigError, type Layer } from './layer.js';
import { type ConfigPath, pathText } from './paths.js';
import { isTree, setAt, type Tree, valueAt } from './tree.js';

export interface TempoLayer {
  readonly layer: Layer;
  /** What a reader has no use for, and what the file asks the environment for in vain. */
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `ConfigError` for a file that cannot be read, is no YAML, or does not say where blocks are. */
export async function readTempoLayer(path: string, env: Environment): Promise<TempoLayer> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigError([{ place: path, message: `Tempo's configuration cannot be read (${code})` }]);
  });
  return parseTempoLayer(path, text, env);
}

export function parseTempoLayer(path: string, text: string, env: Environment): TempoLayer {
  const { text: expanded, missing } = expandEnvironment(text, env);
  const file = parseFileLayer(path, expanded);
  const fail = (place: ConfigPath, message: string): never => {
    throw new ConfigError([{ place: file.placeOf(place), path: pathText(place), message }]);
  };
  const trace = valueAt(file.tree, TRACE);
  if (!isTree(trace)) return fail(TRACE, 'is missing: it is what tells where Tempo keeps its blocks');
  const backend = trace.backend;
  if (typeof backend !== 'string' || !isBackend(backend))
    return fail([...TRACE, 'backend'], `is none of ${Object.keys(BACKENDS).join(', ')}`);
  const { section, address, values, write }: Backend = BACKENDS[backend];
  const given = trace[section];
  const settings: Tree = isTree(given) ? given : {};
  const tree: Tree = {};
  const from = new Map<string, ConfigPath>();
  const set = (to: ConfigPath, value: unknown, place: ConfigPath): void => {
    setAt(tree, to, value);
    from.set(pathText(to), place);
  };
  const parts = address.map(({ key, optional }) => {
    const value = settings[key];
    if (typeof value === 'string' && value !== '')
      return backend === 'local' ? value : value.replace(/^\/+|\/+$/g, '');
    return optional === true ? '' : fail([...TRACE, section, key], 'is missing');
  });
  set(['storage', 'blocks'], write(parts.filter((part) => part !== '')), [...TRACE, section]);
  const used = new Set<string>(address.map(({ key }) => key));
  for (const [key, convert] of Object.entries(values)) {
    const value = valueAt(settings, key.split('.'));
    if (value === undefined) continue;
    used.add(key.split('.')[0] ?? key);
    if (value === '') continue;
    for (const [to, converted] of convert(value))
      set(['storage', ...to], converted, [...TRACE, section, ...key.split('.')]);
  }
  for (const [key, convert] of Object.entries(KAFKA)) {
    const value = valueAt(file.tree, [...INGEST, key]);
    if (typeof value !== 'string' || value === '') continue;
    for (const [to, converted] of convert(value)) set(['live', 'kafka', ...to], converted, [...INGEST, key]);
  }
  const ignored = [
    ...Object.keys(trace)
      .filter((key) => key !== 'backend' && key !== section)
      .map((key) => [...TRACE, key]),
    ...Object.keys(settings)
      .filter((key) => !used.has(key))
      .map((key) => [...TRACE, section, key]),
  ];
  return {
    layer: {
      tree,
      placeOf: (wanted) => {
        const origin = [...from].find(([to]) => pathText(wanted).startsWith(to))?.[1];
        return origin === undefined ? path : file.placeOf(origin);
      },
    },
    warnings: [
      ...missing.map((name) => `${path} takes ${name} from the environment, where it is not set`),
      ...(ignored.length === 0 ? [] : [`${path}: not used by betrace: ${ignored.map(pathText).join(', ')}`]),
    ],
  };
}

const TRACE: ConfigPath = ['storage', 'trace'];
const INGEST: ConfigPath = ['ingest', 'kafka'];

/** Where a value of Tempo goes: one or more settings, under `storage` or `live.kafka`. */
type Convert = (value: unknown) => readonly (readonly [to: ConfigPath, value: unknown])[];

interface Backend {
  /** The section of `storage.trace`. */
  readonly section: string;
  /** What the address is made of, in order. */
  readonly address: readonly { readonly key: string; readonly optional?: true }[];
  readonly write: (parts: readonly string[]) => string;
  /** By Tempo's names. */
  readonly values: Readonly<Record<string, Convert>>;
}

const as =
  (...to: readonly string[]): Convert =>
  (value) => [[to, value]];

const REQUESTS: Readonly<Record<string, Convert>> = {
  hedge_requests_at: as('requests', 'hedge_after'),
  hedge_requests_up_to: as('requests', 'hedge_up_to'),
};

const LISTINGS: Readonly<Record<string, Convert>> = {
  // Tempo's default of 3 is for a process that lists every few minutes; whoever asks for more may have it.
  list_blocks_concurrency: as('requests', 'listings'),
};

/** Of Tempo 3, for whoever sets `live.source` to `kafka`. A broker without a port is asked at that of Kafka. */
const KAFKA: Readonly<Record<string, Convert>> = {
  address: (value) => [
    [['brokers'], [/:\d+$/.test(String(value)) ? String(value) : `${String(value)}:9092`]],
  ],
  topic: as('topic'),
  sasl_username: as('sasl_username'),
  sasl_password: as('sasl_password'),
};

const BACKENDS = {
  local: {
    section: 'local',
    address: [{ key: 'path' }],
    write: (parts) => parts.join('/'),
    values: {},
  },
  s3: {
    section: 's3',
    address: [{ key: 'bucket' }, { key: 'prefix', optional: true }],
    write: (parts) => `s3://${parts.join('/')}`,
    values: {
      endpoint: as('s3', 'endpoint'),
      region: as('s3', 'region'),
      access_key: as('s3', 'access_key'),
      secret_key: as('s3', 'secret_key'),
      session_token: as('s3', 'session_token'),
      insecure: as('s3', 'insecure'),
      forcepathstyle: as('s3', 'path_style'),
      // 0 finds out, 1 is the host, 2 the path.
      bucket_lookup_type: (value) =>
        value === 1 || value === 2 ? [[['s3', 'path_style'], value === 2]] : [],
      'sse.encryption_key': as('s3', 'customer_key'),
      tls_ca_path: as('s3', 'ca_file'),
      tls_cert_path: as('s3', 'cert_file'),
      tls_key_path: as('s3', 'key_file'),
      tls_server_name: as('s3', 'server_name'),
      tls_insecure_skip_verify: as('s3', 'skip_verify'),
      retry_max_attempts: (value) =>
        typeof value === 'number' && value > 0 ? [[['requests', 'tries'], Math.min(value, 20)]] : [],
      ...REQUESTS,
      ...LISTINGS,
    },
  },
  gcs: {
    section: 'gcs',
    address: [{ key: 'bucket_name' }, { key: 'prefix', optional: true }],
    write: (parts) => `gs://${parts.join('/')}`,
    values: {
      endpoint: as('gcs', 'endpoint'),
      insecure: as('gcs', 'insecure'),
      ...REQUESTS,
      ...LISTINGS,
    },
  },
  azure: {
    section: 'azure',
    address: [{ key: 'storage_account_name' }, { key: 'container_name' }, { key: 'prefix', optional: true }],
    write: (parts) => `azblob://${parts.join('/')}`,
    values: {
      storage_account_key: as('azure', 'account_key'),
      endpoint_suffix: as('azure', 'endpoint'),
      // Tempo asks for a federated token before it asks for a managed identity: what comes later here counts.
      use_managed_identity: (value) => (value === true ? [[['azure', 'identity'], 'managed']] : []),
      use_federated_token: (value) => (value === true ? [[['azure', 'identity'], 'federated']] : []),
      user_assigned_id: as('azure', 'client_id'),
      ...REQUESTS,
    },
  },
} as const satisfies Readonly<Record<string, Backend>>;

function isBackend(name: string): name is keyof typeof BACKENDS {
  return Object.hasOwn(BACKENDS, name);
}

/** As Tempo does with `-config.expand-env`: `${NAME}`, and `${NAME:-what counts where it is not set}`. */
function expandEnvironment(
  text: string,
  env: Environment,
): { readonly text: string; readonly missing: readonly string[] } {
  const missing = new Set<string>();
  const expanded = text.replace(
    /\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-=])([^}]*))?\}/g,
    (_, name: string, how: string | undefined, otherwise: string | undefined) => {
      const value = env[name];
      if (value !== undefined && (value !== '' || how?.startsWith(':') !== true)) return value;
      if (how === undefined) missing.add(name);
      return otherwise ?? '';
    },
  );
  return { text: expanded, missing: [...missing] };
}

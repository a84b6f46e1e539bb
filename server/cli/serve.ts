import { stat } from 'node:fs/promises';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import { openStorage } from '../../engine/blocks/open-storage.js';
import { suggest } from '../../engine/language/problems/spelling.js';
import { ConfigError } from '../config/layer.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import { pathText, valuesUnder } from '../config/paths.js';
import { printConfig } from '../config/print.js';
import { CONFIG_SCHEMA } from '../config/schema.js';
import { placeOf, requestsOf } from '../config/storage-place.js';
import { type Setting, valueOfText } from '../config/text-layer.js';
import { defaultStateDirectory } from '../live/state-directory.js';
import { findRuleFiles } from '../rules/read-rules.js';
import { startService } from '../service/service.js';
import { createLogger } from '../shared/log.js';
import { printable } from '../shared/printable.js';
import { StartError } from '../shared/start-error.js';
import { MORE_FILES, tooFewFiles } from '../shared/system-error.js';
import type { Terminal } from '../shared/terminal.js';
import { UsageError } from '../shared/usage-error.js';
import { version } from '../shared/version.js';
import { defineCommand } from './args/command.js';
import { RULES_TEXT } from './args/rules-text.js';
import { BLOCKS_OPTIONS } from './args/stored-options.js';

/** Options that are short for a setting. */
const SHORT_FOR: Readonly<Record<string, string>> = {
  blocks: 'storage.blocks',
  'tempo-config': 'storage.tempo_config',
  tenant: 'tenant',
  'http-address': 'http.address',
  'http-port': 'http.port',
  cache: 'storage.cache_directory',
  'log-level': 'log.level',
  'log-format': 'log.format',
  'otlp-grpc-port': 'otlp.grpc_port',
  'otlp-http-port': 'otlp.http_port',
  export: 'export.endpoint',
};

export const serveCommand = defineCommand({
  name: 'serve',
  summary: 'answer questions over stored traces by HTTP',
  usage: '[RULES…] --blocks PLACE [options]',
  positionals: RULES_TEXT,
  options: {
    config: { type: 'string', value: 'FILE', help: 'a configuration file, YAML or JSON; or $BETRACE_CONFIG' },
    blocks: BLOCKS_OPTIONS.blocks,
    'tempo-config': BLOCKS_OPTIONS['tempo-config'],
    tenant: { type: 'string', value: 'TENANT', help: 'the tenant that is served without multitenancy' },
    'http-port': { type: 'string', value: 'N', help: 'the port to listen on: 3210, or 0 for any free one' },
    'http-address': { type: 'string', value: 'ADDRESS', help: 'the address to listen on: 127.0.0.1' },
    'otlp-grpc-port': {
      type: 'string',
      value: 'N',
      help: 'receive spans by OTLP over gRPC on this port, and judge them live',
    },
    'otlp-http-port': { type: 'string', value: 'N', help: 'the same by OTLP over HTTP' },
    export: { type: 'string', value: 'URL', help: 'send violations by OTLP to this endpoint' },
    cache: {
      type: 'string',
      value: 'DIR',
      help: 'where to keep flat blocks; by default $BETRACE_CACHE or the XDG cache',
    },
    'log-level': { type: 'string', value: 'LEVEL', help: 'debug, info (default), warn, error or silent' },
    'log-format': { type: 'string', value: 'FORMAT', help: 'json (default), or text for people' },
    set: {
      type: 'string',
      value: 'NAME=VALUE',
      multiple: true,
      help: 'any other setting, as query.timeout=30s; may be repeated',
    },
    'print-config': { type: 'boolean', help: 'print what is in force and where it comes from, and end' },
    'print-schema': { type: 'boolean', help: 'print the JSON Schema of the configuration file, and end' },
  },
  examples: [
    { command: 'betrace serve rules --blocks /var/tempo', what: 'for this machine only, on port 3210' },
    {
      command: 'betrace serve --config betrace.yaml --http-port 8080 --print-config',
      what: 'which settings would be in force?',
    },
  ],
  notes: [
    'Settings come from the file, the environment (BETRACE_HTTP_PORT for http.port) and the command line, each over the one before.',
    'Stops on SIGINT and SIGTERM, once the requests that it is answering are done. Exit code: 0; 2 for wrong usage or configuration.',
  ],
  async run(options, rules, terminal) {
    if (options['print-schema']) {
      const $schema = 'https://json-schema.org/draft/2020-12/schema';
      terminal.out(`${JSON.stringify({ $schema, ...CONFIG_SCHEMA }, null, 2)}\n`);
      return 0;
    }
    const loaded = await load(options.config ?? process.env.BETRACE_CONFIG, [
      ...Object.entries(SHORT_FOR).flatMap(([option, name]) => {
        const text = options[option as keyof typeof options];
        return typeof text === 'string' ? [settingOf(`--${option}`, name, text)] : [];
      }),
      ...(options.set ?? []).map(settingOfText),
      ...(rules.length > 0 ? [{ path: ['rules'], value: rules, place: 'the command line' }] : []),
    ]);
    for (const warning of loaded.warnings)
      terminal.err(`${terminal.errStyle.yellow('warning:')} ${printable(warning)}\n`);
    if (options['print-config']) {
      terminal.out(printConfig(withDirectory(loaded.values)));
      return 0;
    }
    return await serve(await withTenant(loaded), terminal);
  },
});

/** Names the folder of the logs also where nobody does. */
function withDirectory(values: LoadedConfig['values']): LoadedConfig['values'] {
  return values.map((value) =>
    pathText(value.path) === 'live.directory' && value.value === undefined
      ? { ...value, value: defaultStateDirectory(), place: 'default, by $BETRACE_STATE or $XDG_STATE_HOME' }
      : value,
  );
}

async function serve({ config, tokens, evidenceKey }: LoadedConfig, terminal: Terminal): Promise<0> {
  const files = tooFewFiles();
  if (files !== undefined)
    throw new StartError(
      'BT5044',
      `the process may have ${files} files open at once, which is too few: ${MORE_FILES}.`,
    );
  // Likely mistyped, and better said now than by empty answers. Whether a bucket is there shows with the first listing.
  const place = placeOf(config.storage);
  const folder = place.kind === 'local' ? await stat(place.directory).catch(() => undefined) : undefined;
  if (place.kind === 'local' && folder?.isDirectory() !== true)
    throw new UsageError(`storage.blocks: "${place.directory}" is not a folder.`);
  if (config.rules.length > 0) await findRuleFiles(config.rules);
  const log = createLogger(config.log);
  const stopped = signalled();
  const service = await startService({
    config,
    log,
    tokens,
    version: await version(),
    ...(evidenceKey === undefined ? {} : { evidenceKey }),
  });
  terminal.out(`${service.http.url}\n`);
  log.info({ signal: await stopped }, 'told to stop');
  await service.stop();
  return 0;
}

/** The only tenant there is, where none is named and it goes by another name than Tempo's own. */
async function withTenant(loaded: LoadedConfig): Promise<LoadedConfig> {
  const { config, values } = loaded;
  const named = values.some(({ path, place }) => pathText(path) === 'tenant' && place !== undefined);
  if (named || config.multitenancyEnabled) return loaded;
  const { tenants } = await findTenants(openStorage(placeOf(config.storage), requestsOf(config.storage)));
  const [only, ...others] = tenants;
  if (only === undefined || others.length > 0) return loaded;
  return { ...loaded, config: { ...config, tenant: only.name } };
}

/** The first signal that tells the process to stop. A second one ends it at once. */
function signalled(): Promise<NodeJS.Signals> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  return new Promise((resolve) => {
    const hear = (signal: NodeJS.Signals): void => {
      for (const signal of signals) process.removeListener(signal, hear);
      resolve(signal);
    };
    for (const signal of signals) process.on(signal, hear);
  });
}

async function load(file: string | undefined, settings: readonly Setting[]): Promise<LoadedConfig> {
  try {
    return await loadConfig({ ...(file ? { file } : {}), env: process.env, settings });
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
}

function settingOfText(text: string): Setting {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(`--set: "${text}" is not NAME=VALUE, such as query.timeout=30s.`);
  return settingOf(`--set ${name}`, name, value);
}

function settingOf(place: string, name: string, text: string): Setting {
  const values = [...valuesUnder(CONFIG_SCHEMA)];
  const found = values.find(({ path }) => pathText(path) === name);
  if (found !== undefined) return { path: found.path, value: valueOfText(found.node, text), place };
  const guess = suggest(
    name,
    values.map(({ path }) => pathText(path)),
  );
  throw new UsageError(`--set: there is no setting "${name}".${guess ? ` Did you mean ${guess}?` : ''}`);
}

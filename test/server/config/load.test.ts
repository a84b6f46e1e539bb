import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFileLayer } from '../../../server/config/file-layer.js';
import { ConfigError } from '../../../server/config/layer.js';
import { type ConfigSources, loadConfig } from '../../../server/config/load.js';
import { environmentName, pathText, valuesUnder } from '../../../server/config/paths.js';
import { printConfig } from '../../../server/config/print.js';
import { CONFIG_SCHEMA } from '../../../server/config/schema.js';
import { settingsOf, temporaryDirectory } from '../service/support.js';

const BLOCKS = settingsOf({ 'storage.blocks': '/var/tempo' });

async function load(file: string | undefined, sources: Partial<ConfigSources> = {}) {
  const path = file === undefined ? undefined : join(temporaryDirectory(), 'betrace.yaml');
  if (path !== undefined) writeFileSync(path, file ?? '');
  return await loadConfig({ env: {}, settings: BLOCKS, ...(path && { file: path }), ...sources });
}

/** What is wrong, with the folder of the file left out. */
async function wrong(file: string | undefined, sources: Partial<ConfigSources> = {}): Promise<string[]> {
  try {
    await load(file, sources);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message.split('\n').map((problem) => problem.replace(/^\/\S*\//, ''));
    throw error;
  }
  return [];
}

test('without any source everything but the blocks has a default', async () => {
  const { config, warnings } = await load(undefined);
  expect(config.http).toMatchObject({
    address: '127.0.0.1',
    port: 3210,
    maxBody: 1_048_576,
    keepAlive: 75_000,
  });
  expect(config.query).toMatchObject({ timeout: 60_000, memory: 2 ** 31 });
  expect(config).toMatchObject({
    rules: [],
    multitenancyEnabled: false,
    tenant: 'single-tenant',
    auth: { tokens: [] },
  });
  expect(config.storage.cacheDirectory).toBeUndefined();
  expect(warnings).toEqual([]);
});

test('the environment goes over the file and the command line over both', async () => {
  const file = 'http: {port: 1, address: "::1", max_body: 2KiB}\nrules: [a, b]\n';
  const env = { BETRACE_HTTP_PORT: '2', BETRACE_HTTP_MAX_BODY: '3KiB', BETRACE_RULES: 'c, d' };
  const settings = [...BLOCKS, ...settingsOf({ 'http.port': 3 })];
  const { config } = await load(file, { env, settings });
  expect(config.http).toMatchObject({ port: 3, maxBody: 3072, address: '::1' });
  expect(config.rules).toEqual(['c', 'd']);
});

test.each<[string, string | undefined, Record<string, string>, RegExp[]]>([
  [
    'a section that is not there',
    'htpp: {}\n',
    {},
    [/^betrace.yaml:1:1: htpp: there is no such setting\. Did you mean http\?$/],
  ],
  [
    'a name that is not there',
    'http:\n  prot: 1\n',
    {},
    [/^betrace.yaml:2:3: http\.prot: .* Did you mean port\?$/],
  ],
  [
    'a number out of bounds',
    'http:\n  port: 65536\n',
    {},
    [/^betrace.yaml:2:3: http\.port: 65536 is not a whole number from 0 to 65535$/],
  ],
  ['a duration', 'query: {timeout: 5}\n', {}, [/query\.timeout: 5 is not a duration such as/]],
  ['a size', 'query: {memory: 3 parsecs}\n', {}, [/query\.memory: "3 parsecs" is not a size/]],
  ['a list', 'rules: {}\n', {}, [/^betrace.yaml:1:1: rules: \{\} is not a list$/]],
  ['an item of a list', 'rules: [a, 2]\n', {}, [/^betrace.yaml:1:12: rules\.1: 2 is not text/]],
  [
    'an origin',
    'http: {cors_origins: [example.org]}\n',
    {},
    [/http\.cors_origins\.0: "example\.org" is not text that matches/],
  ],
  [
    'a variable',
    undefined,
    { BETRACE_HTTP_PORT: 'x' },
    [/^BETRACE_HTTP_PORT: http\.port: "x" is not a whole number/],
  ],
  ['text that is no YAML', 'http: [\n', {}, [/^betrace.yaml:2:1: /]],
  ['a key twice', 'http: {port: 1, port: 2}\n', {}, [/^betrace.yaml:1:17: .*unique/]],
  ['what is no map', '- http\n', {}, [/^betrace.yaml:1:1: the configuration is not a set of sections$/]],
  [
    'several at once',
    'log: {level: loud}\nquery: {queue: -1}\n',
    {},
    [/query\.queue: -1 is not a whole number of at least 0$/, /log\.level: "loud" is not one of trace,/],
  ],
  [
    'one file of two',
    'http: {tls: {cert_file: a}}\n',
    {},
    [/^betrace.yaml:1:14: http\.tls\.cert_file|^betrace.yaml:1:\d+: http\.tls\.key_file: needs the other/],
  ],
  [
    'too little memory',
    'query: {memory: 256MiB, concurrency: 4}\n',
    {},
    [/query\.memory: must be at least 128MiB for each of the 4/],
  ],
  ['a tenant that none may be called', 'tenant: ".."\n', {}, [/tenant: "\.\." is no tenant id$/]],
])('%s is refused by its place', async (_, file, env, messages) => {
  const found = await wrong(file, { env });
  expect(found).toHaveLength(messages.length);
  for (const [n, message] of messages.entries()) expect(found[n]).toMatch(message);
});

test('what is missing is said with every way to give it', async () => {
  expect(await wrong(undefined, { settings: [] })).toEqual([
    'storage.blocks: is needed: on the command line, as BETRACE_STORAGE_BLOCKS, or in the configuration file',
  ]);
});

test('a file that cannot be read is an error of its own', async () => {
  await expect(loadConfig({ file: '/nowhere/x.yaml', env: {}, settings: BLOCKS })).rejects.toThrow(
    '/nowhere/x.yaml: the configuration file cannot be read (ENOENT)',
  );
});

test('aliases that unfold without end are refused', () => {
  const levels = Array.from(
    { length: 12 },
    (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`,
  );
  expect(() => parseFileLayer('x.yaml', `a0: &a0 [x]\n${levels.join('\n')}\n`)).toThrow(ConfigError);
});

test('any text in the place of a file is a configuration or a named error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      try {
        parseFileLayer('x.yaml', text);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { numRuns: 500 },
  );
});

test('a variable that names nothing is warned about, those of Kubernetes are not', async () => {
  const env = {
    BETRACE_HTP_PORT: '1',
    BETRACE_SERVICE_HOST: '10.0.0.1',
    BETRACE_PORT_3210_TCP: 'tcp://10.0.0.1:3210',
    BETRACE_CACHE: '/c',
  };
  expect((await load(undefined, { env })).warnings).toEqual([
    'the environment variable BETRACE_HTP_PORT names no setting and is ignored',
  ]);
});

test('every value has one name in the environment', () => {
  const names = [...valuesUnder(CONFIG_SCHEMA)].map(({ path }) => environmentName(path));
  expect(new Set(names).size).toBe(names.length);
});

test('every default is one that the schema would accept', async () => {
  const defaults = [...valuesUnder(CONFIG_SCHEMA)].flatMap(({ path, node }) =>
    'default' in node && node.default !== undefined ? [[pathText(path), node.default]] : [],
  );
  await expect(
    loadConfig({ env: {}, settings: [...settingsOf(Object.fromEntries(defaults)), ...BLOCKS] }),
  ).resolves.toBeDefined();
});

test('what --print-config prints says where it comes from and can be used again', async () => {
  const env = { BETRACE_QUERY_TIMEOUT: '5s', SECRET: 'correct-horse-battery' };
  const file =
    'auth:\n  tokens:\n    - {name: a, token_env: SECRET, tenants: ["*"]}\nhttp:\n  cors_origins: ["https://a.example"]\n';
  const { config, values } = await load(file, { env });
  const printed = printConfig(values);
  expect(printed).toContain('timeout: 5s # BETRACE_QUERY_TIMEOUT\n');
  expect(printed).toContain('port: 3210 # default\n');
  expect(printed).toMatch(/# \S+betrace\.yaml:5:3\n {2}cors_origins:\n/);
  expect(printed).not.toContain('correct-horse');
  expect((await load(printed, { env: { SECRET: env.SECRET }, settings: [] })).config).toEqual(config);
});

test('credentials in an address are not printed', async () => {
  const { values } = await load(undefined, {
    settings: settingsOf({
      'storage.blocks': 's3://bucket',
      'storage.s3.endpoint': 'https://user:pass@host/x',
    }),
  });
  expect(printConfig(values)).toContain('endpoint: https://<redacted>@host/x #');
});

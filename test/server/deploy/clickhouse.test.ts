/** The compose file with which a CI runs a cluster of ClickHouse: its names are followed, and its check is run, with ClickHouse in processes in place of servers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hasChdb } from '../../sql/clickhouse/chdb.js';
import { startServer, type TestServer } from '../../sql/clickhouse/servers.js';
import { MAIN } from '../../support/command.js';

const folder = new URL('../../../server/deploy/clickhouse/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly entrypoint?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
}

const { services } = parse(read('compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const check = services.check!;
const servers = Object.entries(services).filter(([, { image }]) => image?.startsWith('clickhouse/'));
const hosts = servers.map(([name]) => name);
const mountsOf = ({ volumes }: Service): readonly string[][] => volumes.map((volume) => volume.split(':'));

describe('the compose file', () => {
  it('waits for two servers of one version, which say when they are there', () => {
    expect(hosts).toHaveLength(2);
    for (const [, { image, healthcheck }] of servers) {
      expect(image).toMatch(/:26\.\d+$/);
      expect(healthcheck).toBeDefined();
    }
    const conditions = Object.entries(check.depends_on!).map(([name, { condition }]) => [name, condition]);
    expect(conditions).toEqual(hosts.map((host) => [host, 'service_healthy']));
  });

  it('mounts what is there, to read, and the blocks at the same place for all', () => {
    const all = Object.values(services).flatMap(mountsOf);
    for (const [from, , mode] of all) {
      expect(existsSync(new URL(from!, folder)), from).toBe(true);
      expect(mode).toBe('ro');
    }
    const { BLOCKS, RULES } = check.environment;
    for (const service of Object.values(services)) {
      const blocks = mountsOf(service).find(([, to]) => to === BLOCKS)!;
      expect(existsSync(new URL(`${blocks[0]}/single-tenant`, folder))).toBe(true);
    }
    expect(mountsOf(check).map(([, to]) => to)).toEqual(
      expect.arrayContaining([RULES, check.entrypoint!.at(-1)!]),
    );
    expect(existsSync(new URL(`${check.build!.context}/${check.build!.dockerfile}`, folder))).toBe(true);
  });

  it('opens no port, and lets in whoever has the password', () => {
    for (const { ports } of Object.values(services)) expect(ports).toBeUndefined();
    for (const [, { environment }] of servers)
      for (const name of ['CLICKHOUSE_USER', 'CLICKHOUSE_PASSWORD'])
        expect(check.environment[name]).toBe(environment[name]);
  });

  it('makes the servers the shards of the cluster that is asked, which look for files where the blocks are', () => {
    const cluster = parse(read('cluster.yaml')) as {
      readonly user_files_path: string;
      readonly remote_servers: Readonly<
        Record<string, { readonly shard: readonly { readonly replica: { readonly host: string } }[] }>
      >;
    };
    const { ENGINE, CLUSTER, BLOCKS } = check.environment;
    expect(cluster.remote_servers[CLUSTER!]!.shard.map(({ replica }) => replica.host)).toEqual(hosts);
    expect(ENGINE).toBe(`clickhouse://${hosts[0]}:8123`);
    expect(cluster.user_files_path).toBe(`${BLOCKS}/`);
    for (const [, service] of servers)
      expect(mountsOf(service).map(([from, to]) => [from, to])).toContainEqual([
        './cluster.yaml',
        '/etc/clickhouse-server/config.d/cluster.yaml',
      ]);
  });
});

describe.skipIf(!hasChdb)('its check', () => {
  let started: readonly TestServer[];
  const { CLICKHOUSE_USER: user, CLICKHOUSE_PASSWORD: password } = check.environment;
  beforeAll(async () => {
    const users = { CLICKHOUSE_USERS: JSON.stringify({ [user!]: password }) };
    const second = await startServer(users);
    const clusters = JSON.stringify({ [check.environment.CLUSTER!]: ['127.0.0.1', second.host] });
    started = [await startServer({ ...users, CLICKHOUSE_CLUSTERS: clusters }), second];
  });
  afterAll(async () => {
    for (const { stop } of started) await stop();
  });

  async function run(environment: Readonly<Record<string, string>> = {}): Promise<readonly [string, number]> {
    const placeOf = (path: string): string =>
      fileURLToPath(new URL(mountsOf(check).find(([, to]) => to === path)![0]!, folder));
    const { BLOCKS, RULES } = check.environment;
    const child = spawn('sh', [placeOf(check.entrypoint!.at(-1)!)], {
      env: {
        ...check.environment,
        PATH: process.env.PATH,
        BETRACE: `${process.execPath} ${MAIN}`,
        BLOCKS: placeOf(BLOCKS!),
        RULES: placeOf(RULES!),
        ENGINE: `clickhouse://${started[0]!.host}`,
        ...environment,
      },
    });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (out += text));
    const [code] = (await once(child, 'close')) as [number];
    return [out, code];
  }

  it('finds that both agree', async () => {
    const [out, code] = await run();
    expect(out.split('\n').filter((line) => /^(ok|DIFFERENT|FAILED)/.test(line))).toEqual([
      'ok: rules, by one server',
      'ok: rules, by all shards',
      'ok: a search',
      'ok: a search, by all shards',
      'ok: series',
      'ok: series, by all shards',
    ]);
    expect(code).toBe(0);
  });

  it('fails where a server is not there', async () => {
    const [out, code] = await run({ ENGINE: 'clickhouse://127.0.0.1:9' });
    expect(out).toContain('FAILED: rules, by one server (engine)');
    expect(code).toBeGreaterThan(1);
  });
});

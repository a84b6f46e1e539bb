/** The example stack, held together: no container runs here, so names, ports and paths are followed from file to file. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../server/config/load.js';
import { text, yaml } from './provisioned.js';

const compose = new URL('../../../server/grafana/compose/', import.meta.url);
const root = new URL('../../../', import.meta.url);

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
}

interface Endpoints {
  readonly protocols: Readonly<Record<string, { readonly endpoint: string }>>;
}

const stack = yaml<{
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}>('compose/compose.yaml');
const services = Object.entries(stack.services).map(([name, service]) => ({ name, ...service }));

const collector = yaml<{
  readonly receivers: { readonly otlp: Endpoints };
  readonly processors: Readonly<Record<string, unknown>>;
  readonly exporters: Readonly<Record<string, { readonly endpoint: string }>>;
  readonly service: {
    readonly pipelines: Readonly<
      Record<
        string,
        { readonly receivers: string[]; readonly processors: string[]; readonly exporters: string[] }
      >
    >;
    readonly telemetry: {
      readonly metrics: {
        readonly readers: readonly [
          { readonly pull: { readonly exporter: { readonly prometheus: { readonly port: number } } } },
        ];
      };
    };
  };
}>('compose/collector.yaml');
const tempo = yaml<{
  readonly server: { readonly http_listen_port: number };
  readonly distributor: { readonly receivers: { readonly otlp: Endpoints } };
  readonly storage: {
    readonly trace: { readonly backend: string; readonly local: { readonly path: string } };
  };
}>('compose/tempo.yaml');
const { config: betrace } = await loadConfig({
  env: {},
  settings: [],
  file: new URL('betrace.yaml', compose).pathname,
});

const portsOf = ({ protocols }: Endpoints): readonly number[] =>
  Object.values(protocols).map(({ endpoint }) => Number(endpoint.split(':').at(-1)));

/** What listens where, by the configuration of each. */
const listening: Readonly<Record<string, readonly (number | undefined)[]>> = {
  tempo: [tempo.server.http_listen_port, ...portsOf(tempo.distributor.receivers.otlp)],
  betrace: [betrace.http.port, betrace.otlp.grpcPort, betrace.otlp.httpPort],
  collector: [
    ...portsOf(collector.receivers.otlp),
    collector.service.telemetry.metrics.readers[0].pull.exporter.prometheus.port,
  ],
  // By their own defaults.
  prometheus: [9090],
  grafana: [3000],
};

interface Mount {
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly readOnly: boolean;
}

const mounts: readonly Mount[] = services.flatMap(({ name, volumes = [] }) =>
  volumes.map((volume) => {
    const [from, to, mode] = volume.split(':');
    return { service: name, from: from!, to: to!, readOnly: mode === 'ro' };
  }),
);

it('names versions of all images', () => {
  for (const { name, image, build } of services)
    if (build === undefined) expect(image, name).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+$/);
  for (const [, image] of text('../deploy/Dockerfile').matchAll(/^FROM (\S+)/gm))
    expect(image).toMatch(/^node:24\.\d+\.\d+-/);
});

it('waits for services that are there', () => {
  for (const { depends_on: needed = [] } of services)
    for (const name of Array.isArray(needed) ? needed : Object.keys(needed))
      expect(Object.keys(stack.services)).toContain(name);
});

it.each(mounts)('mounts $from in $service, which is there', ({ from, readOnly }) => {
  if (!from.startsWith('.')) return expect(Object.keys(stack.volumes)).toContain(from);
  expect(existsSync(new URL(from, compose)), from).toBe(true);
  expect(readOnly).toBe(true);
});

describe('with the plugin', () => {
  const { services: added } = yaml<{ readonly services: Readonly<Record<string, Service>> }>(
    'compose/plugin.yaml',
  );
  const volumes = added.grafana!.volumes!.map((volume) => volume.split(':') as [string, string, string]);

  it('changes Grafana alone, and mounts what is there, to read', () => {
    expect(Object.keys(added)).toEqual(['grafana']);
    for (const [from, , mode] of volumes) {
      expect(existsSync(new URL(from, compose)), from).toBe(true);
      expect(mode).toBe('ro');
    }
  });

  it('puts its data sources in the place of those for everybody, and the plugin where Grafana looks for it', () => {
    const [from] = volumes.find(([, to]) => to === '/etc/grafana/provisioning/datasources')!;
    expect(from).toBe('../optional/plugin/datasources');
    expect(mounts.map(({ to }) => to)).toContain('/etc/grafana/provisioning/datasources');
    const [plugin, target] = volumes.find(([, to]) => to.startsWith('/var/lib/grafana/plugins/'))!;
    const idOf = (path: string): string =>
      (JSON.parse(readFileSync(new URL(`${plugin}/${path}`, compose), 'utf8')) as { id: string }).id;
    const ids = [idOf('plugin.json'), idOf('datasource/plugin.json')];
    expect(target).toBe(`/var/lib/grafana/plugins/${ids[0]}`);
    expect(added.grafana!.environment).toEqual({ GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS: ids.join(',') });
  });
});

it('mounts each file where the command looks for it', () => {
  for (const { name, command = [] } of services)
    for (const [, path] of command.join(' ').matchAll(/config(?:\.file)?=(\S+)/g))
      expect(mounts.filter(({ service }) => service === name).map(({ to }) => to)).toContain(path);
  const cmd = /^CMD (.*)$/m.exec(text('../deploy/Dockerfile'))![1]!;
  expect(JSON.parse(cmd)).toEqual(['serve', '--config', '/etc/betrace/betrace.yaml']);
  expect(mounts).toContainEqual({
    service: 'betrace',
    from: './betrace.yaml',
    to: '/etc/betrace/betrace.yaml',
    readOnly: true,
  });
});

it('opens ports that are listened at, and to this machine only', () => {
  for (const { name, ports = [] } of services)
    for (const port of ports) {
      const [, published, inside] = /^127\.0\.0\.1:(\d+):(\d+)$/.exec(port) ?? [];
      expect(published, port).toBeDefined();
      expect(listening[name]).toContain(Number(inside));
    }
  const published = services.flatMap(({ ports = [] }) => ports.map((port) => port.split(':')[1]));
  expect(new Set(published).size).toBe(published.length);
});

describe('what one service calls another', () => {
  const { scrape_configs: jobs } = yaml<{
    readonly scrape_configs: readonly {
      readonly static_configs: readonly { readonly targets: readonly string[] }[];
    }[];
  }>('compose/prometheus.yaml');
  const { datasources } = yaml<{ readonly datasources: readonly { readonly url: string }[] }>(
    'provisioning/datasources/betrace.yaml',
  );
  const addresses = [
    ...Object.values(collector.exporters).map(({ endpoint }) => endpoint),
    ...jobs.flatMap(({ static_configs }) => static_configs.flatMap(({ targets }) => targets)),
    ...datasources.map(({ url }) => new URL(url).host),
    new URL(betrace.export.endpoint!).host,
  ];

  it.each(addresses)('%s is a service that listens there', (address) => {
    const [host, port] = address.split(':');
    expect(listening[host!]).toContain(Number(port));
  });
});

it('passes each span to Tempo and to BeTrace', () => {
  const { pipelines } = collector.service;
  expect(Object.keys(pipelines)).toEqual(['traces']);
  const { receivers, processors, exporters } = pipelines.traces!;
  expect(receivers).toEqual(Object.keys(collector.receivers));
  expect(processors).toEqual(Object.keys(collector.processors));
  expect(exporters).toEqual(Object.keys(collector.exporters));
  expect(exporters.map((name) => collector.exporters[name]!.endpoint)).toEqual([
    'tempo:4317',
    'betrace:4317',
  ]);
});

it('lets BeTrace read the blocks that Tempo writes, and keep its own on a volume', () => {
  const { backend, local } = tempo.storage.trace;
  expect([backend, local.path]).toEqual(['local', betrace.storage.blocks]);
  const mountOf = (service: string, path: string): Mount | undefined =>
    mounts.find((mount) => mount.service === service && path.startsWith(`${mount.to}/`));
  expect(mountOf('betrace', betrace.storage.blocks)).toMatchObject({
    from: mountOf('tempo', local.path)!.from,
    readOnly: true,
  });
  for (const path of [betrace.live.directory!, betrace.storage.cacheDirectory!])
    expect(mountOf('betrace', path)).toMatchObject({ from: 'betrace-data', readOnly: false });
  expect(text('../deploy/Dockerfile')).toContain(
    `chown node:node ${mountOf('betrace', betrace.live.directory!)!.to}`,
  );
  expect(mounts.filter(({ to }) => to === betrace.rules[0])).toHaveLength(1);
});

it('builds BeTrace from files that are there', () => {
  const { context, dockerfile } = stack.services.betrace!.build!;
  expect(new URL(`${context}/`, compose).href).toBe(root.href);
  expect(existsSync(new URL(dockerfile, root))).toBe(true);
  const copied = [...text('../deploy/Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)];
  expect(copied.length).toBeGreaterThan(3);
  for (const [, sources] of copied)
    for (const source of sources!.split(' ')) expect(existsSync(new URL(source, root)), source).toBe(true);
  const exposed = /^EXPOSE (.*)$/m.exec(text('../deploy/Dockerfile'))![1]!.split(' ').map(Number);
  expect(exposed).toEqual(listening.betrace);
});

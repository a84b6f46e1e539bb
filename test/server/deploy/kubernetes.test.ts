/**
 * The manifests as `kubectl` renders them: held to Kubernetes' own schemas, and to what the service really listens on and answers. What needs
 * `kubectl` or the schemas is skipped where they are not installed; `.ci/run` installs them, and counts what it could not.
 */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadConfig } from '../../../server/config/load.js';
import { engineOf } from '../../../server/config/storage-place.js';
import { betrace, FIXTURES, startBetrace } from '../cli/support.js';
import { temporaryDirectory } from '../service/support.js';
import { hasKubectl, render, schemaProblems, VERSIONS, validator } from './manifests.js';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

/** What is read here of the `spec` of each kind; its schema holds the rest. */
interface Specs {
  readonly StatefulSet: {
    readonly selector: { readonly matchLabels: Labels };
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: { readonly containers: readonly [Container] };
    };
  };
  readonly Service: {
    readonly selector: Labels;
    readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
  };
  readonly NetworkPolicy: { readonly podSelector: { readonly matchLabels: Labels } };
  readonly ServiceMonitor: {
    readonly selector: { readonly matchLabels: Labels };
    readonly endpoints: readonly { readonly port: string }[];
  };
}

type Labels = Readonly<Record<string, string>>;

interface Container {
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef: object };
  }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly volumeMounts: readonly { readonly mountPath: string }[];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

function specOf<Kind extends keyof Specs>(found: ReadonlyMap<string, Manifest>, kind: Kind): Specs[Kind] {
  return found.get(kind)!.spec as Specs[Kind];
}

function manifests(overlay: string): ReadonlyMap<string, Manifest> {
  const all = parseAllDocuments(render(overlay)).map((document) => document.toJS() as Manifest);
  return new Map(
    all.map((manifest) => [manifest.kind === 'ConfigMap' ? manifest.metadata.name : manifest.kind, manifest]),
  );
}

const only = (found: ReadonlyMap<string, Manifest>, start: string): Manifest => {
  const names = [...found.keys()].filter((name) => name.startsWith(start));
  expect(names).toHaveLength(1);
  return found.get(names[0]!)!;
};

/** The files of a pod's ConfigMaps, as they would be mounted. */
function mounted(found: ReadonlyMap<string, Manifest>): { readonly config: string; readonly rules: string } {
  const directory = temporaryDirectory();
  const config = join(directory, 'betrace.yaml');
  writeFileSync(config, only(found, 'betrace-config').data!['betrace.yaml']!);
  const rules = join(directory, 'rules');
  mkdirSync(rules);
  for (const [name, text] of Object.entries(only(found, 'betrace-rules').data!))
    writeFileSync(join(rules, name), text);
  return { config, rules };
}

function environment(found: ReadonlyMap<string, Manifest>): Record<string, string> {
  const env = specOf(found, 'StatefulSet').template.spec.containers[0].env ?? [];
  return Object.fromEntries(env.map(({ name, value = 'of a Secret' }) => [name, value]));
}

const OVERLAYS = ['base', 'examples/s3', 'examples/s3-clickhouse', 'examples/gcs', 'examples/azure'];

describe.skipIf(!hasKubectl).each(OVERLAYS)('%s', (overlay) => {
  it.skipIf(validator === undefined).each(VERSIONS)('keeps to the schemas of Kubernetes %s', (version) => {
    expect(schemaProblems(render(overlay), version)).toEqual([0, '']);
  });

  it('has ports, paths and labels that meet', async () => {
    const found = manifests(overlay);
    const pod = specOf(found, 'StatefulSet').template;
    const [container] = pod.spec.containers;
    const { config } = mounted(found);
    const env = environment(found);
    const { config: loaded } = await loadConfig({
      env: { BETRACE_STORAGE_BLOCKS: 's3://any', ...env },
      settings: [],
      file: config,
    });
    const ports: Readonly<Record<string, number>> = Object.fromEntries(
      container.ports.map((port) => [port.name, port.containerPort]),
    );
    expect(ports).toEqual({
      http: loaded.http.port,
      'otlp-grpc': loaded.otlp.grpcPort,
      'otlp-http': loaded.otlp.httpPort,
    });
    const service = specOf(found, 'Service');
    for (const port of service.ports) expect(ports[port.targetPort]).toBe(port.port);
    for (const selector of [
      service.selector,
      specOf(found, 'StatefulSet').selector.matchLabels,
      specOf(found, 'NetworkPolicy').podSelector.matchLabels,
    ])
      expect(pod.metadata.labels).toMatchObject(selector);
    for (const probe of [container.livenessProbe, container.readinessProbe])
      expect(ports).toHaveProperty(probe.httpGet.port);
    const places: readonly string[] = container.volumeMounts.map((mount) => mount.mountPath);
    expect(places).toContain(loaded.rules[0]);
    expect(places).toContain('/etc/betrace/betrace.yaml');
    for (const path of [loaded.live.directory!, loaded.storage.cacheDirectory!])
      expect(places.some((place) => path.startsWith(`${place}/`))).toBe(true);
    if (overlay !== 'base') {
      expect(loaded.storage.blocks).toBe(env.BETRACE_STORAGE_BLOCKS);
      const monitor = specOf(found, 'ServiceMonitor');
      expect(found.get('Service')!.metadata).toHaveProperty('labels', monitor.selector.matchLabels);
      for (const { port } of monitor.endpoints)
        expect(service.ports.map((offered) => offered.name)).toContain(port);
      expect(Object.keys(found.get('ServiceAccount')!.metadata.annotations!)).toHaveLength(1);
    }
  });

  it('has rules without mistakes', async () => {
    const { code, out } = await betrace(['check', mounted(manifests(overlay)).rules]);
    expect([code, out]).toEqual([0, expect.stringContaining('no problems')]);
  });
});

it.skipIf(!hasKubectl)(
  'has the engine asked that the example names, with a password that is in no manifest',
  async () => {
    const found = manifests('examples/s3-clickhouse');
    const { config } = await loadConfig({
      env: environment(found),
      settings: [],
      file: mounted(found).config,
    });
    expect(engineOf(config)).toMatchObject({
      address: { hosts: ['clickhouse:8123'], user: 'betrace', collection: 'traces' },
      password: 'of a Secret',
    });
    const { env = [] } = specOf(found, 'StatefulSet').template.spec.containers[0];
    expect(env.find(({ name }) => name === 'BETRACE_ENGINE_PASSWORD')).toEqual({
      name: 'BETRACE_ENGINE_PASSWORD',
      valueFrom: { secretKeyRef: { name: 'betrace-clickhouse', key: 'password' } },
    });
  },
);

it.skipIf(!hasKubectl)('probes are answered by a service with this configuration', async () => {
  const found = manifests('base');
  const { config, rules } = mounted(found);
  const data = temporaryDirectory();
  const [container] = specOf(found, 'StatefulSet').template.spec.containers;
  const settings = [
    'http.address=127.0.0.1',
    'http.port=0',
    'otlp.address=127.0.0.1',
    'otlp.grpc_port=0',
    'otlp.http_port=0',
    `live.directory=${data}/live`,
    `storage.cache_directory=${data}/cache`,
    `storage.blocks=${join(FIXTURES, 'shop-v5')}`,
    `rules=${rules}`,
  ].flatMap((setting) => ['--set', setting]);
  const child = startBetrace(['serve', '--config', config, ...settings]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [first] = (await once(child.stdout!, 'data')) as [Buffer];
  const url = String(first).trim();
  for (const probe of [container.livenessProbe, container.readinessProbe])
    await expect.poll(async () => (await fetch(url + probe.httpGet.path)).status).toBe(200);
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
});

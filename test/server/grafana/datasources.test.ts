/** Grafana stops at its start over a provisioning file that it cannot read, so what it needs is held here. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseQuery } from '../../../engine/language/parse/parse-query.js';
import { CONFIG_SCHEMA } from '../../../server/config/schema.js';

const grafana = new URL('../../../server/grafana/', import.meta.url);

interface DataSource {
  readonly name: string;
  readonly uid: string;
  readonly type: string;
  readonly access: string;
  readonly url: string;
  readonly jsonData?: object;
  readonly correlations?: readonly Correlation[];
}

interface Correlation {
  readonly targetUID: string;
  readonly label: string;
  readonly description: string;
  readonly config: {
    readonly type: string;
    readonly field: string;
    readonly target: Readonly<Record<string, string>> & { readonly query: string };
    readonly transformations?: readonly {
      readonly type: string;
      readonly field: string;
      readonly expression: string;
      readonly mapValue: string;
    }[];
  };
}

interface File {
  readonly text: string;
  readonly yaml: { readonly apiVersion: number; readonly datasources: readonly DataSource[] };
}

function filesIn(path: string): readonly File[] {
  const folder = new URL(path, grafana);
  return readdirSync(folder).map((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    return { text, yaml: parse(text) as File['yaml'] };
  });
}

/** What Grafana finds in its folder of data sources: the files for everybody, or in their place those for where the plugin is installed. */
const FOLDERS = ['provisioning/datasources/', 'optional/plugin/datasources/'].map((path) => {
  const files = filesIn(path);
  const sources = files.flatMap(({ yaml }) => yaml.datasources);
  const correlations = sources.flatMap(({ uid, correlations: own = [] }) =>
    own.map((correlation) => ({ source: uid, ...correlation })),
  );
  return { path, files, sources, correlations, uids: new Set(sources.map(({ uid }) => uid)) };
});
const [everybody, withPlugin] = FOLDERS;
const correlations = withPlugin!.correlations;

it('with the plugin are those for everybody, and more', () => {
  expect(withPlugin!.sources.slice(0, -1).map(({ correlations: _, ...source }) => source)).toEqual(
    everybody!.sources.map(({ correlations: _, ...source }) => source),
  );
  expect(withPlugin!.correlations).toEqual(expect.arrayContaining(everybody!.correlations as Correlation[]));
});

describe.each(FOLDERS)('data sources in $path', ({ files, sources, uids, correlations }) => {
  it('are in files of the version that Grafana reads', () => {
    expect(files.length).toBeGreaterThan(0);
    for (const { yaml } of files) expect(yaml.apiVersion).toBe(1);
  });

  it('have names and uids of their own', () => {
    expect(uids.size).toBe(sources.length);
    expect(new Set(sources.map(({ name }) => name)).size).toBe(sources.length);
  });

  it('are reached where the services listen by default', () => {
    const { default: port } = CONFIG_SCHEMA.properties.http.properties.port;
    const known = [
      { uid: 'tempo', type: 'tempo', access: 'proxy', url: 'http://tempo:3200' },
      { uid: 'betrace', type: 'tempo', access: 'proxy', url: `http://betrace:${port}` },
      { uid: 'prometheus', type: 'prometheus', access: 'proxy', url: 'http://prometheus:9090' },
      { uid: 'betrace-rules', type: PLUGIN.id, access: 'proxy', url: `http://betrace:${port}` },
    ];
    expect(sources.map(({ uid, type, access, url }) => ({ uid, type, access, url }))).toEqual(
      known.filter(({ type }) => type !== PLUGIN.id || sources === withPlugin!.sources),
    );
  });

  it('refer to each other by uids that exist', () => {
    const named = [...JSON.stringify(sources).matchAll(/"(?:datasourceUid|targetUID|tempoUid)":"([^"]*)"/g)];
    expect(named.length).toBeGreaterThan(3);
    for (const [, uid] of named) expect(uids).toContain(uid);
  });

  it('promise a service graph only where Tempo makes its metrics', () => {
    const tempo = parse(readFileSync(new URL('compose/tempo.yaml', grafana), 'utf8')) as object;
    const promised = sources.some(({ jsonData }) => 'serviceMap' in (jsonData ?? {}));
    expect(promised).toBe('metrics_generator' in tempo);
  });

  it('keep Grafana from expanding variables that are its own', () => {
    for (const { text } of files) expect(text.replace(/#.*/g, '').replaceAll('$$', '')).not.toContain('$');
  });

  /** What Grafana looks a correlation up by when it loads the file: of two that are equal here it keeps one. */
  it('have as many correlations in Grafana as in the files', () => {
    const identities = correlations.map(({ source, targetUID, label, description }) =>
      JSON.stringify([source, targetUID, label, description]),
    );
    expect(new Set(identities).size).toBe(correlations.length);
    const labels = correlations.map(({ source, label }) => `${source} ${label}`);
    expect(new Set(labels).size).toBe(correlations.length);
  });
});

const PLUGIN = JSON.parse(readFileSync(new URL('plugin/datasource/plugin.json', grafana), 'utf8')) as {
  readonly id: string;
};

it('enable the app of the plugin where it is installed', () => {
  const { id } = JSON.parse(readFileSync(new URL('plugin/app/plugin.json', grafana), 'utf8')) as {
    readonly id: string;
  };
  expect(parse(readFileSync(new URL('optional/plugin/plugins/betrace.yaml', grafana), 'utf8'))).toEqual({
    apiVersion: 1,
    apps: [{ type: id }],
  });
  // Grafana stops at its start over an app that is not there, so nobody may have the file by mounting the folder for everybody.
  expect(readdirSync(new URL('provisioning/', grafana)).sort()).toEqual([
    'alerting',
    'dashboards',
    'datasources',
  ]);
});

/** What Grafana makes of a query: `$$` is `$`, and `${name}` the value of a variable. */
function interpolated(query: string, values: Readonly<Record<string, string>>): string {
  return query.replaceAll('$$', '$').replace(/\$\{([^}]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no variable ${name}`);
    return value;
  });
}

describe.each(correlations)('the correlation "$label" of $source by $config.field', (correlation) => {
  const { label, description, config } = correlation;

  it('has what Grafana reads without a look, and nothing where it stumbles', () => {
    expect([typeof label, typeof description, config.type]).toEqual(['string', 'string', 'query']);
    // The type next to `config` is of a Go type that no YAML gives; transformations next to it are refused.
    expect(Object.keys(correlation).sort()).toEqual([
      'config',
      'description',
      'label',
      'source',
      'targetUID',
    ]);
    expect(config.field).not.toBe('');
  });

  it('asks what the data source takes: an id, or a query that we parse', () => {
    const id = '0123456789abcdef0123456789abcdef';
    const rule = 'double-charge';
    const variables = Object.fromEntries(
      (config.transformations ?? []).map(({ mapValue }) => [mapValue, mapValue === 'rule' ? rule : id]),
    );
    const raw = config.field === 'betrace.rule.id' ? rule : id;
    const asked = Object.fromEntries(
      Object.entries(config.target).map(([key, value]) => [
        key,
        interpolated(value, { '__value.raw': raw, ...variables }),
      ]),
    );
    const ofPlugin = correlation.targetUID === 'betrace-rules';
    expect(asked.queryType).toBe(ofPlugin ? 'query' : 'traceql');
    if ('rule' in asked) expect(asked.rule).toBe(rule);
    if (/^[0-9a-f]+$/.test(asked.query!)) return;
    const kind = ofPlugin ? 'violations' : 'search';
    expect(parseQuery(asked.query!)).toMatchObject({ query: { kind }, diagnostics: [] });
  });

  it('finds the trace and the rule among the tags of a violation span, and nothing on others', () => {
    const tags = (trace: string, rule: string): string =>
      JSON.stringify([
        { key: rule, value: 'double-charge' },
        { key: trace, value: 'abc123' },
        { key: 'betrace.violation.message', value: 'charged {twice}' },
      ]);
    const others = tags('betraceXviolation.trace_id', 'betraceXrule.id');
    for (const { type, field, expression, mapValue } of config.transformations ?? []) {
      expect(type).toBe('regex');
      const pattern = new RegExp(expression, 'gi');
      if (field === 'traceIdHidden') {
        expect(pattern.exec('ff83535b27f0e59a0bdd7df057b3ab1')?.[1]).toBe('ff83535b27f0e59a0bdd7df057b3ab1');
        continue;
      }
      if (field === 'betrace.rule.id') {
        expect(pattern.exec('double-charge')?.groups).toEqual({ [mapValue]: 'double-charge' });
        continue;
      }
      expect(field).toBe('tags');
      const found = pattern.exec(tags('betrace.violation.trace_id', 'betrace.rule.id'));
      expect(found?.groups).toEqual({ [mapValue]: mapValue === 'rule' ? 'double-charge' : 'abc123' });
      pattern.lastIndex = 0;
      expect(pattern.exec(others)).toBeNull();
    }
  });
});

it('leads from a violation to its trace, from a trace to its violations, and from Tempo to the plugin', () => {
  expect(correlations.map(({ source, label, targetUID }) => [source, label, targetUID])).toEqual([
    ['tempo', 'Offending trace', 'tempo'],
    ['tempo', 'Offending trace of this span', 'tempo'],
    ['tempo', 'Violations of this trace', 'tempo'],
    ['tempo', 'Violations of the trace of this span', 'tempo'],
    ['tempo', 'Violations of this rule', 'betrace-rules'],
    ['tempo', 'Evidence of this violation', 'betrace-rules'],
    ['tempo', 'Evidence of this violation span', 'betrace-rules'],
    ['betrace', 'Trace in Tempo', 'tempo'],
    ['betrace', 'Trace of this span in Tempo', 'tempo'],
  ]);
});

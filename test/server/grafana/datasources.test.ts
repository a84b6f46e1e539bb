/** Grafana stops at its start over a provisioning file that it cannot read, so what it needs is held here. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseQuery } from '../../../engine/language/parse/parse-query.js';
import { CONFIG_SCHEMA } from '../../../server/config/schema.js';

const folder = new URL('../../../server/grafana/provisioning/datasources/', import.meta.url);

interface DataSource {
  readonly name: string;
  readonly uid: string;
  readonly type: string;
  readonly access: string;
  readonly url: string;
  readonly jsonData: unknown;
  readonly correlations?: readonly Correlation[];
}

interface Correlation {
  readonly targetUID: string;
  readonly label: string;
  readonly description: string;
  readonly config: {
    readonly type: string;
    readonly field: string;
    readonly target: { readonly queryType: string; readonly query: string; readonly tableType?: string };
    readonly transformations?: readonly {
      readonly type: string;
      readonly field: string;
      readonly expression: string;
      readonly mapValue: string;
    }[];
  };
}

const files = readdirSync(folder).map((name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  return { name, text, yaml: parse(text) as { apiVersion: number; datasources: readonly DataSource[] } };
});
const sources = files.flatMap(({ yaml }) => yaml.datasources);
const correlations = sources.flatMap(({ uid, correlations: own = [] }) =>
  own.map((one) => ({ source: uid, ...one })),
);
const uids = new Set(sources.map(({ uid }) => uid));

describe('data sources', () => {
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
    expect(sources.map(({ uid, type, access, url }) => ({ uid, type, access, url }))).toEqual([
      { uid: 'tempo', type: 'tempo', access: 'proxy', url: 'http://tempo:3200' },
      { uid: 'betrace', type: 'tempo', access: 'proxy', url: `http://betrace:${port}` },
      { uid: 'prometheus', type: 'prometheus', access: 'proxy', url: 'http://prometheus:9090' },
    ]);
  });

  it('refer to each other by uids that exist', () => {
    const named = [...JSON.stringify(sources).matchAll(/"(?:datasourceUid|targetUID)":"([^"]*)"/g)];
    expect(named.length).toBeGreaterThan(3);
    for (const [, uid] of named) expect(uids).toContain(uid);
  });

  it('keep Grafana from expanding variables that are its own', () => {
    for (const { text } of files) expect(text.replace(/#.*/g, '').replaceAll('$$', '')).not.toContain('$');
  });
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
    const variables = Object.fromEntries(
      (config.transformations ?? []).map(({ mapValue }) => [mapValue, id]),
    );
    const query = interpolated(config.target.query, { '__value.raw': id, ...variables });
    expect(config.target.queryType).toBe('traceql');
    if (/^[0-9a-f]+$/.test(query)) return;
    expect(parseQuery(query)).toMatchObject({ query: { kind: 'search' }, diagnostics: [] });
  });

  it('finds the trace among the tags of a violation span, and nothing on others', () => {
    const tags = (key: string): string =>
      JSON.stringify([
        { key: 'betrace.rule.id', value: 'double-charge' },
        { key, value: 'abc123' },
        { key: 'betrace.violation.message', value: 'charged {twice}' },
      ]);
    for (const { type, field, expression } of config.transformations ?? []) {
      expect(type).toBe('regex');
      const pattern = new RegExp(expression, 'gi');
      if (field === 'traceIdHidden') {
        expect(pattern.exec('ff83535b27f0e59a0bdd7df057b3ab1')?.[1]).toBe('ff83535b27f0e59a0bdd7df057b3ab1');
        continue;
      }
      expect(field).toBe('tags');
      expect(pattern.exec(tags('betrace.violation.trace_id'))?.[1]).toBe('abc123');
      pattern.lastIndex = 0;
      expect(pattern.exec(tags('betraceXviolation.trace_id'))).toBeNull();
    }
  });
});

/** What Grafana looks a correlation up by when it loads the file: of two that are equal here it keeps one. */
it('are as many in Grafana as in the files', () => {
  const identities = correlations.map(({ source, targetUID, label, description }) =>
    JSON.stringify([source, targetUID, label, description]),
  );
  expect(new Set(identities).size).toBe(correlations.length);
  const labels = correlations.map(({ source, label }) => `${source} ${label}`);
  expect(new Set(labels).size).toBe(correlations.length);
});

it('leads from a violation to its trace, and from a trace to its violations', () => {
  expect(correlations.map(({ source, label, targetUID }) => [source, label, targetUID])).toEqual([
    ['tempo', 'Offending trace', 'tempo'],
    ['tempo', 'Offending trace of this span', 'tempo'],
    ['tempo', 'Violations of this trace', 'tempo'],
    ['tempo', 'Violations of the trace of this span', 'tempo'],
    ['betrace', 'Trace in Tempo', 'tempo'],
    ['betrace', 'Trace of this span in Tempo', 'tempo'],
  ]);
});

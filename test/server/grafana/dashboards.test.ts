/** What Grafana needs of a dashboard, as none runs here to say so. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { files } from '../../../server/grafana/description/files.js';
import { filledIn } from './asked.js';
import { LINTED } from './linted.js';
import { dashboards, dataSources, linksOf, text, yaml } from './provisioned.js';

const read = (path: string, content: string): unknown =>
  path.endsWith('.json') ? JSON.parse(content) : parse(content);

it.each([...files()])('%s is what its description makes: `npm run grafana`', (path, content) => {
  expect(read(path, text(path))).toEqual(read(path, content));
});

it('are loaded from where their folder is mounted', () => {
  expect(yaml('provisioning/dashboards/betrace.yaml')).toMatchObject({
    apiVersion: 1,
    providers: [{ type: 'file', options: { path: '/etc/grafana/provisioning/dashboards' } }],
  });
});

it('have uids and titles of their own', () => {
  expect(dashboards.map(({ uid }) => uid).sort()).toEqual([
    'betrace-rules',
    'betrace-service',
    'betrace-violations',
  ]);
  expect(new Set(dashboards.map(({ title }) => title)).size).toBe(dashboards.length);
});

describe.each(dashboards)('$file', (dashboard) => {
  const { panels } = dashboard;
  const shown = panels.filter(({ type }) => type !== 'row');

  it('has no id of one Grafana, and the schema of one that migrates it', () => {
    expect(dashboard.id).toBeUndefined();
    expect(dashboard.schemaVersion).toBe(39);
  });

  it('has panels with ids of their own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { id } of panels) expect(id).toBeGreaterThan(0);
  });

  it('has panels that lie next to each other within 24 columns', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      const { x, y, w, h } = gridPos;
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          expect(taken.get(`${column} ${line}`), `${title} lies over`).toBeUndefined();
          taken.set(`${column} ${line}`, title);
        }
    }
  });

  it.each(shown)('says what "$title" shows, in what unit, and from where on it is bad', (panel) => {
    expect(panel.description).toMatch(/\.$/);
    expect(panel.fieldConfig?.defaults.unit).toMatch(/^\w+$/);
    const steps = panel.fieldConfig?.defaults.thresholds.steps ?? [];
    expect(steps[0]?.value).toBeNull();
    const bounds = steps.slice(1).map(({ value }) => value);
    expect(bounds).toEqual([...bounds].sort((a, b) => Number(a) - Number(b)));
  });

  it.each(shown)('asks data sources for "$title" that are provisioned', ({ datasource, targets = [] }) => {
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const source of [datasource, ...targets.map((target) => target.datasource)])
      expect(dataSources.get(filledIn(source!.uid))).toBe(source!.type);
  });

  it('can be imported where data sources have other uids: each is a choice, and the provisioned one is the first', () => {
    const chosen = dashboard.templating.list.filter(({ type }) => type === 'datasource');
    const uids = JSON.stringify(dashboard).matchAll(/"uid":"([^"]*)"/g);
    const choices = new Set(chosen.map(({ name }) => `\${${name}}`));
    for (const [, uid] of uids) if (uid !== dashboard.uid) expect(choices).toContain(uid);
    for (const { name, query, current } of chosen) {
      expect(current.value).toBe(filledIn(`\${${name}}`));
      expect(dataSources.get(String(current.value))).toBe(query);
      expect(JSON.stringify([dashboard.panels, dashboard.templating])).toContain(`\${${name}}`);
    }
  });

  it('uses the variables that it has, and those of Grafana', () => {
    const own = dashboard.templating.list.map(({ name }) => name);
    const known = new Set([...own, '__range', '__rate_interval']);
    for (const { targets = [] } of shown)
      for (const { expr, query } of targets)
        for (const [, name] of (expr ?? query ?? '').matchAll(/\$\{?(\w+)/g)) expect(known).toContain(name);
  });

  it.each(LINTED)('keeps the rule %s of dashboard-linter', (_, faultsOf) => {
    expect(faultsOf(dashboard)).toEqual([]);
  });
});

it('lead from a violation to the offending trace and to the violations of its rule', () => {
  const panels = dashboards.flatMap((dashboard) => dashboard.panels);
  const titles = panels.flatMap(linksOf).map(({ title }) => title);
  expect(titles).toEqual([
    'Violation spans in Tempo',
    'Violations in stored traces, by BeTrace',
    'Spans of the service in Traces Drilldown',
    'Offending trace',
    'Offending trace, by BeTrace',
  ]);
  for (const { title, url } of panels.flatMap(linksOf)) {
    if (title.includes('Drilldown')) {
      const { pathname, searchParams } = new URL(url, 'http://grafana');
      expect(pathname).toBe('/a/grafana-exploretraces-app/explore');
      expect(dataSources.get(filledIn(searchParams.get('var-ds')!))).toBe('tempo');
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana
      expect(searchParams.get('var-filters')).toBe('resource.service.name|=|${__value.raw:percentencode}');
      continue;
    }
    const panes = JSON.parse(new URL(url, 'http://grafana').searchParams.get('panes')!) as Record<
      string,
      {
        readonly datasource: string;
        readonly queries: readonly { readonly datasource: { readonly uid: string } }[];
      }
    >;
    for (const { datasource, queries } of Object.values(panes)) {
      expect(dataSources.get(filledIn(datasource))).toBe('tempo');
      expect(queries.map((query) => query.datasource.uid)).toEqual([datasource]);
    }
  }
});

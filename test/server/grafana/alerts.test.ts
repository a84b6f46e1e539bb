/** What Grafana needs of alert rules, as none runs here to say so, and what whoever is woken by one needs. */
import { describe, expect, it } from 'vitest';
import { SEVERITIES } from '../../../engine/language/settings.js';
import { anchorOf } from '../../../server/grafana/description/alert.js';
import { alerts, dashboards, dataSources, groups, text, yaml } from './provisioned.js';

const DURATION = /^\d+[smh]$/;

it('are in groups with a folder and an interval that Grafana keeps', () => {
  expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
  for (const { folder, interval } of groups) {
    expect(folder).toBe('BeTrace');
    // Grafana evaluates every 10 s at the most, and takes multiples of it only.
    expect(interval).toMatch(DURATION);
    if (interval.endsWith('s')) expect(Number.parseInt(interval, 10) % 10).toBe(0);
  }
});

it('have uids and titles of their own', () => {
  expect(alerts.length).toBeGreaterThan(20);
  expect(new Set(alerts.map(({ uid }) => uid)).size).toBe(alerts.length);
  expect(new Set(alerts.map(({ title }) => title)).size).toBe(alerts.length);
});

it('exist for violations of each severity', () => {
  const queries = alerts.flatMap(({ data }) => data.map(({ model }) => String(model.expr)));
  const named = queries.flatMap((query) =>
    [...query.matchAll(/severity=~"([^"]*)"/g)].map(([, one]) => one!),
  );
  expect([...new Set(named.flatMap((one) => one.split('|')))].sort()).toEqual([...SEVERITIES].sort());
});

describe.each(alerts)('$title', (alert) => {
  it('has what Grafana takes', () => {
    expect(alert.uid).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(alert.for).toMatch(DURATION);
    expect(['OK', 'Alerting']).toContain(alert.noDataState);
    expect(alert.execErrState).toBe('Error');
  });

  it('asks a data source, and decides by an expression on its answer', () => {
    const { data, condition } = alert;
    const before = new Set<string>();
    for (const { refId, datasourceUid, model, relativeTimeRange } of data) {
      expect(model.refId).toBe(refId);
      expect(model.datasource.uid).toBe(datasourceUid);
      if (datasourceUid === '__expr__') expect(before).toContain(model.expression);
      else {
        expect(dataSources.get(datasourceUid)).toBe(model.datasource.type);
        expect(relativeTimeRange.from).toBeGreaterThan(relativeTimeRange.to);
      }
      before.add(refId);
    }
    const last = data.at(-1)!;
    expect([last.refId, last.model.type]).toEqual([condition, 'threshold']);
  });

  it('says how bad it is, what happened, and where to read on', () => {
    const { labels, annotations } = alert;
    expect(['critical', 'high', 'medium', 'low']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/^\S.*[^.]$/);
    expect(annotations.description).toMatch(/\.$/);
    expect(annotations.runbook_url).toBe(`\${BETRACE_RUNBOOK_URL}#${anchorOf(alert.title)}`);
  });

  it('keeps Grafana from expanding variables other than the address of the runbook', () => {
    const { runbook_url: _, ...annotations } = alert.annotations;
    expect(JSON.stringify([annotations, alert.labels])).not.toContain('$');
  });

  it('leads to the panel that shows it', () => {
    const { dashboardUid, panelId } = alert;
    if (dashboardUid === undefined) return expect(panelId).toBeUndefined();
    const dashboard = dashboards.find(({ uid }) => uid === dashboardUid);
    expect(dashboard?.panels.find(({ id }) => id === panelId)?.type).toMatch(/^(timeseries|stat|table)$/);
  });
});

it('have one heading each in the runbook, and the runbook has no others', () => {
  const headings = [...text('runbook.md').matchAll(/^## (.+)$/gm)].map(([, title]) => title!);
  expect(headings).toEqual(alerts.map(({ title }) => title));
  for (const section of text('runbook.md').split(/^## /m).slice(1)) {
    expect(section).toContain('**Means:**');
    expect(section).toContain('**Do:**');
  }
});

it('go to a contact point that the example names, with no address of its own', () => {
  const file = yaml<{
    readonly apiVersion: number;
    readonly contactPoints: readonly {
      readonly name: string;
      readonly receivers: readonly {
        readonly uid: string;
        readonly type: string;
        readonly settings: { readonly url: string };
      }[];
    }[];
    readonly policies: readonly {
      readonly receiver: string;
      readonly routes: readonly { readonly receiver: string }[];
    }[];
  }>('optional/alerting/contact-points.yaml');
  expect(file.apiVersion).toBe(1);
  const names = file.contactPoints.map(({ name }) => name);
  for (const { receivers } of file.contactPoints)
    for (const { uid, type, settings } of receivers) {
      expect([uid, type]).toEqual(['betrace-webhook', 'webhook']);
      expect(settings.url).toMatch(/^\$\{\w+\}$/);
    }
  for (const { receiver, routes } of file.policies)
    for (const one of [receiver, ...routes.map((route) => route.receiver)]) expect(names).toContain(one);
});

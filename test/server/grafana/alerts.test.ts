/** What Grafana needs of alert rules, as none runs here to say so, and what whoever is woken by one needs. */
import { describe, expect, it } from 'vitest';
import { SEVERITIES } from '../../../engine/language/words/settings.js';
import { anchorOf } from '../../../server/grafana/description/alert.js';
import { files } from '../../../server/grafana/description/files.js';
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
    [...query.matchAll(/severity=~"([^"]*)"/g)].map(([, severities]) => severities!),
  );
  expect([...new Set(named.flatMap((severities) => severities.split('|')))].sort()).toEqual(
    [...SEVERITIES].sort(),
  );
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
    const url = new URL(annotations.runbook_url ?? '');
    expect(url.protocol).toMatch(/^https?:$/);
    const sections = [...text('runbook.md').matchAll(/^## (.+)$/gm)].map(
      ([, title]) => `#${anchorOf(title!)}`,
    );
    expect(sections).toContain(url.hash);
    expect(url.hash).toBe(`#${anchorOf(alert.title)}`);
  });

  it('has no variable in what Grafana does not expand', () => {
    expect(JSON.stringify([alert.annotations, alert.labels])).not.toContain('$');
  });

  it('leads to the panel that shows it, by what Grafana reads it from', () => {
    const { __dashboardUid__: uid, __panelId__: panelId } = alert.annotations;
    const dashboard = dashboards.find((candidate) => candidate.uid === uid);
    const panel = dashboard?.panels.find(({ id }) => String(id) === panelId);
    expect(panel?.type).toMatch(/^(timeseries|stat|table)$/);
  });
});

it('lead to wherever the runbook is said to be', () => {
  const made = files('https://wiki.example.org/runbook');
  for (const path of ['provisioning/alerting/betrace.yaml', 'optional/alerting/traceql.yaml']) {
    const urls = [...(made.get(path) ?? '').matchAll(/runbook_url: (\S+)/g)].map(([, url]) => url);
    expect(urls.length).toBeGreaterThan(1);
    for (const url of urls) expect(url).toMatch(/^https:\/\/wiki\.example\.org\/runbook#betrace\w+$/);
  }
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
    for (const name of [receiver, ...routes.map((route) => route.receiver)]) expect(names).toContain(name);
});

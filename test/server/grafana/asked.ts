/** Every query of the dashboards and alerts, with its place. */
import { alerts, dashboards, linksOf } from './provisioned.js';

export interface Asked {
  readonly where: string;
  readonly query: string;
  /** Labels that texts next to it take from the answer. */
  readonly shown: readonly string[];
}

/** What Grafana would put for the variables of a dashboard, and for what was clicked. */
export function filledIn(query: string): string {
  const values: Readonly<Record<string, string>> = {
    prometheus_datasource: 'prometheus',
    tempo_datasource: 'tempo',
    betrace_datasource: 'betrace',
    __rate_interval: '1m',
    __range: '6h',
    '__field.labels.rule': 'double-charge',
    '__value.raw': '0123456789abcdef0123456789abcdef',
  };
  return query.replace(
    /\$\{([^}]+)\}|\$(\w+)/g,
    (_, braced?: string, bare?: string) => values[braced ?? bare!] ?? '.*',
  );
}

const panels = dashboards.flatMap((dashboard) =>
  dashboard.panels.flatMap((panel) =>
    (panel.targets ?? []).map((target) => ({ where: `${dashboard.title}: ${panel.title}`, target })),
  ),
);
export const named = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, name]) => name!);

export const promql: readonly Asked[] = [
  ...panels.flatMap(({ where, target: { expr, legendFormat = '' } }) =>
    expr === undefined ? [] : [{ where, query: expr, shown: named(legendFormat, /\{\{(\w+)\}\}/g) }],
  ),
  ...dashboards.flatMap(({ title, annotations: { list } }) =>
    list.map(({ name, expr, titleFormat }) => ({
      where: `${title}: ${name}`,
      query: expr,
      shown: named(titleFormat, /\{\{(\w+)\}\}/g),
    })),
  ),
  ...alerts.flatMap(({ title, data, annotations }) =>
    data.flatMap(({ model }) =>
      typeof model.expr === 'string'
        ? [{ where: title, query: model.expr, shown: named(JSON.stringify(annotations), /\.Labels\.(\w+)/g) }]
        : [],
    ),
  ),
];

const links = dashboards.flatMap(({ panels: all }) => all.flatMap(linksOf));
export const traceql: readonly Asked[] = [
  ...panels.flatMap(({ where, target: { query } }) =>
    query === undefined ? [] : [{ where, query, shown: [] }],
  ),
  ...alerts.flatMap(({ title, data, annotations, labels }) =>
    data.flatMap(({ model }) =>
      typeof model.query === 'string'
        ? [
            {
              where: title,
              query: model.query,
              shown: named(JSON.stringify([annotations, labels]), /index \.Labels \\"([^"\\]+)/g),
            },
          ]
        : [],
    ),
  ),
  ...links
    .filter(({ url }) => url.startsWith('/explore?'))
    .map(({ title, url }) => ({ where: title, query: explored(url).query, shown: [] })),
  ...alerts.flatMap(({ title, annotations: { violations_url: url } }) =>
    url === undefined
      ? []
      : [{ where: `${title}: violations_url`, query: explored(expanded(url)).query, shown: [] }],
  ),
];

/** What a link to Explore asks there. */
export function explored(url: string): { readonly query: string; readonly datasource: string } {
  const { betrace } = JSON.parse(new URL(url, 'http://grafana').searchParams.get('panes')!) as {
    readonly betrace: {
      readonly datasource: string;
      readonly queries: readonly [{ readonly query: string }];
    };
  };
  return { query: betrace.queries[0].query, datasource: betrace.datasource };
}

/** An annotation as Grafana would expand its templates: every label is the id of a rule. */
export function expanded(annotation: string): string {
  return annotation
    .replace(/\{\{ reReplaceAll "\/\+\\\\z" "" externalURL \}\}/g, 'http://grafana')
    .replace(
      /\{\{ reReplaceAll "\\"" "" \(index \.Labels "[\w.]+"\) \}\}|\{\{ \.Labels\.\w+ \}\}/g,
      'double-charge',
    );
}

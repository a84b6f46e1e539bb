import { chosenSource, dataSource, sourceVariable } from './data-source.js';
import type { PanelLink, SourceName } from './panel.js';
import { variable } from './variable.js';

type TraceSource = Exclude<SourceName, 'prometheus'>;

/** A link of a dashboard to Explore with a query, over the time that is shown. `${…}` in it are Grafana's own variables. */
export function exploreLink(title: string, source: TraceSource, query: string): PanelLink {
  const chosen = { uid: variable(sourceVariable(source)), datasource: chosenSource(source) };
  return { title, url: explorePath(chosen, query, { from: variable('__from'), to: variable('__to') }) };
}

/** The spans that match, as [Traces Drilldown](https://github.com/grafana/traces-drilldown) shows them: an app that Grafana brings along, of data sources of type Tempo. */
export function drilldownLink(title: string, source: TraceSource, matching: DrilldownFilter): PanelLink {
  const time = `from=${variable('__from')}&to=${variable('__to')}`;
  return { title, url: `${drilldownPath(variable(sourceVariable(source)), matching)}&${time}` };
}

export interface DrilldownFilter {
  readonly field: string;
  /** Grafana's variable whose value the field has. */
  readonly variable: string;
}

/** `var-filters` are texts `KEY|OPERATOR|VALUE`. */
export function drilldownPath(uid: string, { field, variable: named }: DrilldownFilter): string {
  const filter = `${encodeURIComponent(`${field}|=|`)}${variable(`${named}:percentencode`)}`;
  return `/a/grafana-exploretraces-app/explore?var-ds=${uid}&var-primarySignal=true&var-filters=${filter}`;
}

/** A link to Explore in an annotation of an alert, over the last hour: `{{ … }}` in the query are labels of the alert, which only have characters that need no escape. */
export function exploreFromAlert(source: TraceSource, query: string): string {
  const provisioned = { uid: source, datasource: dataSource(source) };
  const path = explorePath(provisioned, query, { from: 'now-1h', to: 'now' });
  // The address of Grafana itself ends in a slash or not.
  return `{{ reReplaceAll "/+\\\\z" "" externalURL }}${path}`;
}

/**
 * What Grafana fills in itself it must find as it is. The form of the address is that of Grafana 10 and later: `schemaVersion=1` and `panes`.
 */
function explorePath(
  { uid, datasource }: { readonly uid: string; readonly datasource: unknown },
  query: string,
  range: { readonly from: string; readonly to: string },
): string {
  const panes = {
    betrace: {
      datasource: uid,
      queries: [{ refId: 'A', datasource, queryType: 'traceql', tableType: 'spans', limit: 100, query }],
      range,
    },
  };
  const encoded = JSON.stringify(panes)
    .split(/(\$\{[^}]+\}|\{\{[^}]+\}\})/)
    .map((part) =>
      /^(?:\$\{|\{\{)/.test(part) ? (JSON.parse(`"${part}"`) as string) : encodeURIComponent(part),
    )
    .join('');
  return `/explore?schemaVersion=1&panes=${encoded}`;
}

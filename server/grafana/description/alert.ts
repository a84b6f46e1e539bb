/** How an alert is described here, and the provisioning file that Grafana reads. */
import { dataSource } from './data-source.js';
import type { SourceName } from './panel.js';

export interface Alert {
  /** Also the heading in the runbook. */
  readonly name: string;
  readonly source: SourceName;
  /** PromQL, or TraceQL metrics. */
  readonly query: string;
  /** It fires for each series whose value is above or below this. */
  readonly fires: readonly ['above' | 'below', number];
  /** How long that must hold. */
  readonly for: string;
  readonly severity: 'critical' | 'high' | 'medium' | 'low';
  /** One line; `{{ .Labels.x }}` is a label of the series. */
  readonly summary: string;
  readonly description: string;
  /** The dashboard and the title of its panel that shows what the alert is about. */
  readonly panel: readonly [dashboard: string, title: string];
  /** Asked with the query, for annotations: PromQL by the name that they have it by, `{{ .Values.Since.Value }}`. */
  readonly values?: Readonly<Record<string, string>>;
  /** More labels, by name: what notifications are grouped and routed by. */
  readonly labels?: Readonly<Record<string, string>>;
  /** More annotations, by name. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** What to make of no series at all. */
  readonly noData?: 'OK' | 'Alerting';
}

export interface AlertGroup {
  readonly name: string;
  readonly interval: string;
  readonly alerts: readonly Alert[];
}

export type PanelIds = (dashboard: string, title: string) => number;

type Json = Readonly<Record<string, unknown>>;

const FOLDER = 'BeTrace';

/** Where alerts lead. Grafana expands no variable in annotations, so what is there is the whole address. */
export interface AlertLinks {
  /** The address of the runbook, without a section. */
  readonly runbook: string;
  readonly panelId: PanelIds;
}

/** https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/ */
export function alertingFile(groups: readonly AlertGroup[], links: AlertLinks): Json {
  return {
    apiVersion: 1,
    groups: groups.map(({ name, interval, alerts }) => ({
      orgId: 1,
      name,
      folder: FOLDER,
      interval,
      rules: alerts.map((alert) => ruleJson(alert, links)),
    })),
  };
}

function ruleJson(alert: Alert, { runbook, panelId }: AlertLinks): Json {
  const { name, severity, summary, description, panel } = alert;
  return {
    uid: uidOf(name),
    title: name,
    ...conditionOf(alert),
    noDataState: alert.noData ?? 'OK',
    execErrState: 'Error',
    for: alert.for,
    labels: { severity, product: 'betrace', ...alert.labels },
    annotations: {
      summary,
      description,
      ...alert.annotations,
      runbook_url: `${runbook}#${anchorOf(name)}`,
      // Grafana takes the dashboard from these two alone, and the number as text.
      __dashboardUid__: panel[0],
      __panelId__: String(panelId(...panel)),
    },
    isPaused: false,
  };
}

/** Grafana takes 40 characters of letters, digits, `-` and `_`. */
function uidOf(name: string): string {
  return name
    .replace(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase()
    .replace(/^be-trace/, 'betrace');
}

/** What a heading is reached by in Markdown as GitHub and most others show it. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-');
}

function conditionOf({ source, query, fires: [side, bound], values = {} }: Alert): Json {
  const threshold = (query: string, refId: string): Json =>
    expression(refId, {
      type: 'threshold',
      expression: query,
      conditions: [
        {
          type: 'query',
          evaluator: { type: side === 'above' ? 'gt' : 'lt', params: [bound] },
          operator: { type: 'and' },
          query: { params: [] },
          reducer: { type: 'last', params: [] },
        },
      ],
    });
  const shared = { refId: 'A', datasource: dataSource(source), intervalMs: 1000, maxDataPoints: 43200 };
  if (source === 'prometheus') {
    const asked = ([refId, expr]: readonly [string, string]): Json => ({
      refId,
      relativeTimeRange: { from: 600, to: 0 },
      datasourceUid: source,
      model: { ...shared, refId, editorMode: 'code', expr, instant: true, range: false },
    });
    const all = [['A', query] as const, ...Object.entries(values)];
    return { condition: 'B', data: [...all.map(asked), threshold('A', 'B')] };
  }
  const model = { ...shared, queryType: 'traceql', query, metricsQueryType: 'instant', tableType: 'traces' };
  return {
    condition: 'C',
    data: [
      {
        refId: 'A',
        queryType: 'traceql',
        // Tempo's searches and metrics leave the last half minute out, as traces may still be arriving.
        relativeTimeRange: { from: 660, to: 60 },
        datasourceUid: source,
        model: { ...model, limit: 20, filters: [] },
      },
      expression('B', { type: 'reduce', expression: 'A', reducer: 'last' }),
      threshold('B', 'C'),
    ],
  };
}

function expression(refId: string, model: Json): Json {
  return {
    refId,
    relativeTimeRange: { from: 0, to: 0 },
    datasourceUid: '__expr__',
    model: { refId, datasource: { type: '__expr__', uid: '__expr__' }, ...model },
  };
}

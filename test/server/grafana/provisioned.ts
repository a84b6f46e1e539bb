/** What is provisioned, as Grafana would read it from the files. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const grafana = new URL('../../../server/grafana/', import.meta.url);

export interface Target {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly expr?: string;
  readonly query?: string;
  readonly queryType?: string;
  readonly legendFormat?: string;
}

interface Link {
  readonly title: string;
  readonly url: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit: string;
      readonly thresholds: { readonly steps: readonly { readonly value: number | null }[] };
      readonly links?: readonly Link[];
    };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

export interface Dashboard {
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly id?: unknown;
  readonly panels: readonly Panel[];
  readonly editable: boolean;
  readonly annotations: { readonly list: readonly Annotation[] };
  readonly templating: { readonly list: readonly Variable[] };
}

export interface Annotation {
  readonly name: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly expr: string;
  readonly titleFormat: string;
}

export interface Variable {
  readonly type: 'query' | 'datasource';
  readonly name: string;
  readonly label: string;
  readonly definition?: string;
  readonly query: string | { readonly query?: string; readonly label?: string };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly current: { readonly value: string | readonly string[] };
  readonly refresh: number;
  readonly allValue?: string;
}

export interface AlertQuery {
  readonly refId: string;
  readonly queryType?: string;
  readonly datasourceUid: string;
  readonly relativeTimeRange: { readonly from: number; readonly to: number };
  readonly model: Readonly<Record<string, unknown>> & {
    readonly refId: string;
    readonly datasource: { readonly type: string; readonly uid: string };
  };
}

export interface AlertRule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly data: readonly AlertQuery[];
  readonly noDataState: string;
  readonly execErrState: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface AlertGroup {
  readonly name: string;
  readonly folder: string;
  readonly interval: string;
  readonly rules: readonly AlertRule[];
}

export function text(path: string): string {
  return readFileSync(new URL(path, grafana), 'utf8');
}

export function yaml<T>(path: string): T {
  return parse(text(path)) as T;
}

export const dashboards: readonly Dashboard[] = readdirSync(new URL('provisioning/dashboards/', grafana))
  .filter((file) => file.endsWith('.json'))
  .map((file) => ({
    file,
    ...(JSON.parse(text(`provisioning/dashboards/${file}`)) as Omit<Dashboard, 'file'>),
  }));

export const groups: readonly AlertGroup[] = [
  'provisioning/alerting/betrace.yaml',
  'optional/alerting/traceql.yaml',
].flatMap((path) => yaml<{ readonly groups: readonly AlertGroup[] }>(path).groups);

export const alerts: readonly AlertRule[] = groups.flatMap(({ rules }) => rules);

export const dataSources: ReadonlyMap<string, string> = new Map(
  yaml<{ readonly datasources: readonly { readonly uid: string; readonly type: string }[] }>(
    'provisioning/datasources/betrace.yaml',
  ).datasources.map(({ uid, type }) => [uid, type]),
);

/** Where a click on a value of the panel leads. */
export function linksOf({ fieldConfig }: Panel): readonly Link[] {
  const overrides = (fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
    properties.filter(({ id }) => id === 'links').flatMap(({ value }) => value as readonly Link[]),
  );
  return [...(fieldConfig?.defaults.links ?? []), ...overrides];
}

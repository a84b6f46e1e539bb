/** The data sources by which dashboards and alerts ask. */
import type { SourceName } from './panel.js';
import { variable } from './variable.js';

type Json = Readonly<Record<string, unknown>>;

/** Grafana's name of the plugin. BeTrace speaks Tempo's API. */
const TYPES: Readonly<Record<SourceName, 'prometheus' | 'tempo'>> = {
  prometheus: 'prometheus',
  tempo: 'tempo',
  betrace: 'tempo',
};

/** That of the provisioned files: alerts have no variables. */
export function dataSource(source: SourceName): Json {
  return { type: TYPES[source], uid: source };
}

/** That which is chosen at the top of a dashboard, so that it can be imported wherever data sources have other uids. */
export function chosenSource(source: SourceName): Json {
  return { type: TYPES[source], uid: variable(sourceVariable(source)) };
}

export function sourceVariable(source: SourceName): string {
  return `${source}_datasource`;
}

const LABELS: Readonly<Record<SourceName, string>> = {
  prometheus: 'Prometheus',
  tempo: 'Tempo',
  betrace: 'BeTrace',
};

/** The choice: where the provisioned one is not there, Grafana takes the first of the type. */
export function sourceVariableJson(source: SourceName): Json {
  return {
    type: 'datasource',
    name: sourceVariable(source),
    label: `${LABELS[source]} data source`,
    query: TYPES[source],
    ...(source === 'betrace' ? { regex: '/betrace/i' } : {}),
    current: { selected: true, text: LABELS[source], value: source },
    includeAll: false,
    multi: false,
    refresh: 1,
    hide: 0,
  };
}

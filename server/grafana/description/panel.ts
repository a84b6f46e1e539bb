/** How a panel is described here; `dashboard.ts` makes of it what Grafana reads. */
export type SourceName = 'prometheus' | 'tempo' | 'betrace';

export interface PanelQuery {
  readonly source: SourceName;
  /** PromQL for Prometheus, TraceQL for the others. */
  readonly text: string;
  /** Names a series: `{{rule}}`. */
  readonly legend?: string;
  /** The last value of each series, as rows of a table. */
  readonly instant?: boolean;
}

/** From `value` on, in this colour. The first step of a panel has no value. */
export interface Threshold {
  readonly value?: number;
  readonly color: 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'text';
}

export interface PanelLink {
  readonly title: string;
  readonly url: string;
}

export interface Panel {
  readonly kind: 'timeseries' | 'stat' | 'table';
  readonly title: string;
  readonly description: string;
  /** An id of Grafana's units: https://github.com/grafana/grafana, packages/grafana-data/src/valueFormats/categories.ts. */
  readonly unit: 'short' | 'percentunit' | 's' | 'bytes' | 'cps' | 'reqps' | 'bool_yes_no';
  readonly thresholds: readonly Threshold[];
  readonly queries: readonly PanelQuery[];
  /** Of 24 columns. */
  readonly width: 4 | 6 | 8 | 12 | 24;
  readonly stacked?: boolean;
  /** On each value. */
  readonly links?: readonly PanelLink[];
  readonly columns?: readonly Column[];
}

/** A field of a table: its name in the answer, how it is shown, and where a click on it leads. */
export interface Column {
  readonly field: string;
  readonly title: string;
  readonly unit?: Panel['unit'];
  readonly links?: readonly PanelLink[];
}

export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A choice at the top of the dashboard: the values that a label of a metric, or an attribute of spans in Tempo, has. */
export type Variable = {
  readonly name: string;
  readonly label: string;
  /** What "All" is: any value and none, or those that are offered. */
  readonly all: 'anything' | 'those offered';
} & ({ readonly metric: string; readonly metricLabel: string } | { readonly attribute: string });

/** Marks on the time axis of every panel, queried from Prometheus; `{{rule}}` is a label of the answer. */
export interface Annotation {
  readonly name: string;
  readonly query: string;
  readonly title: string;
  readonly text: string;
  /** The value of the query is the time of the mark, in milliseconds. */
  readonly valueIsTime?: boolean;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Those that its panels and links ask. */
  readonly sources: readonly SourceName[];
  readonly variables: readonly Variable[];
  readonly annotations: readonly Annotation[];
  readonly sections: readonly Section[];
}

export const CALM: readonly Threshold[] = [{ color: 'blue' }];

/** Green, and red from the least value on. */
export function redFrom(value: number): readonly Threshold[] {
  return [{ color: 'green' }, { color: 'red', value }];
}

export function warnFrom(orange: number, red: number): readonly Threshold[] {
  return [{ color: 'green' }, { color: 'orange', value: orange }, { color: 'red', value: red }];
}

/** PromQL as one series for each value of its labels. */
export function prometheus(text: string, legend: string): PanelQuery {
  return { source: 'prometheus', text, legend };
}

/** PromQL as a column of a table. */
export function column(text: string): PanelQuery {
  return { source: 'prometheus', text, instant: true };
}

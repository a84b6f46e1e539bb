/** Makes of a described dashboard the JSON that Grafana loads. */
import { chosenSource, sourceVariableJson } from './data-source.js';
import type { Annotation, Dashboard, Panel, PanelQuery, Section, Threshold, Variable } from './panel.js';

/** The model that Grafana 10 wrote; later ones migrate it when they load it. */
const SCHEMA_VERSION = 39;
const COLUMNS = 24;
const ROW_HEIGHT = 1;
const HEIGHTS: Readonly<Record<Panel['kind'], number>> = { stat: 4, timeseries: 8, table: 10 };

type Json = Readonly<Record<string, unknown>>;

export function dashboardJson({
  uid,
  title,
  description,
  sources,
  variables,
  annotations,
  sections,
}: Dashboard): Json {
  return {
    uid,
    title,
    description,
    tags: ['betrace'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    // Whoever wants it otherwise makes a copy, which an update leaves alone.
    editable: false,
    graphTooltip: 1,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    links: [
      {
        type: 'dashboards',
        title: 'BeTrace',
        tags: ['betrace'],
        asDropdown: false,
        includeVars: true,
        keepTime: true,
      },
    ],
    annotations: { list: annotations.map(annotationJson) },
    templating: { list: [...sources.map(sourceVariableJson), ...variables.map(variableJson)] },
    panels: laidOut(sections),
  };
}

/** Panels from left to right in the order given, each section under a row with its title. */
function laidOut(sections: readonly Section[]): readonly Json[] {
  const placed: Json[] = [];
  let y = 0;
  for (const { title, panels } of sections) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: ROW_HEIGHT },
      panels: [],
    });
    y += ROW_HEIGHT;
    let x = 0;
    let lineHeight = 0;
    for (const panel of panels) {
      if (x + panel.width > COLUMNS) {
        y += lineHeight;
        x = 0;
        lineHeight = 0;
      }
      const h = HEIGHTS[panel.kind];
      placed.push({ id: placed.length + 1, ...panelJson(panel), gridPos: { x, y, w: panel.width, h } });
      x += panel.width;
      lineHeight = Math.max(lineHeight, h);
    }
    y += lineHeight;
  }
  return placed;
}

function panelJson(panel: Panel): Json {
  const { kind, title, description, queries } = panel;
  const sources = new Set(queries.map(({ source }) => source));
  const [source] = sources;
  if (source === undefined || sources.size > 1) throw new Error(`${title}: one data source to a panel`);
  return {
    type: kind,
    title,
    description,
    datasource: chosenSource(source),
    targets: queries.map((query, n) => targetJson(query, String.fromCharCode(65 + n), kind)),
    fieldConfig: fieldConfigJson(panel),
    options: optionsJson(panel),
    ...(kind === 'table' && source === 'prometheus' ? { transformations: oneRowForEachLabel(panel) } : {}),
  };
}

function targetJson({ source, text, legend, instant }: PanelQuery, refId: string, kind: Panel['kind']): Json {
  const shared = { refId, datasource: chosenSource(source) };
  if (source === 'prometheus')
    return {
      ...shared,
      editorMode: 'code',
      expr: text,
      legendFormat: legend ?? '__auto',
      instant: instant === true,
      range: instant !== true,
      ...(kind === 'table' ? { format: 'table' } : {}),
    };
  return { ...shared, queryType: 'traceql', query: text, tableType: 'spans', limit: 100, filters: [] };
}

function fieldConfigJson({ kind, unit, thresholds, stacked, links, columns = [] }: Panel): Json {
  return {
    defaults: {
      unit,
      min: 0,
      thresholds: { mode: 'absolute', steps: thresholds.map(stepJson) },
      ...(kind === 'timeseries'
        ? { color: { mode: 'palette-classic' }, custom: curve(stacked === true, thresholds) }
        : { color: { mode: 'thresholds' } }),
      ...(links === undefined ? {} : { links }),
    },
    overrides: columns.map(({ field, title, unit: own, links: leads }) => ({
      matcher: { id: 'byName', options: field },
      properties: [
        { id: 'displayName', value: title },
        ...(own === undefined ? [] : [{ id: 'unit', value: own }]),
        ...(leads === undefined ? [] : [{ id: 'links', value: leads }]),
      ],
    })),
  };
}

function stepJson({ value, color }: Threshold): Json {
  return { value: value ?? null, color };
}

function curve(stacked: boolean, thresholds: readonly Threshold[]): Json {
  return {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: stacked ? 30 : 10,
    showPoints: 'never',
    spanNulls: false,
    stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
    thresholdsStyle: { mode: thresholds.length > 1 ? 'dashed' : 'off' },
  };
}

function optionsJson({ kind }: Panel): Json {
  switch (kind) {
    case 'timeseries':
      return {
        legend: { displayMode: 'table', placement: 'right', showLegend: true, calcs: ['lastNotNull', 'max'] },
        tooltip: { mode: 'multi', sort: 'desc' },
      };
    case 'stat':
      return {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        colorMode: 'value',
        graphMode: 'area',
        textMode: 'auto',
        justifyMode: 'auto',
        orientation: 'auto',
      };
    case 'table':
      return { showHeader: true, cellHeight: 'sm' };
  }
}

/** Each query is a column; Prometheus adds the time to each, which is the same for all. */
function oneRowForEachLabel({ columns = [] }: Panel): readonly Json[] {
  return [
    { id: 'merge', options: {} },
    {
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(columns.map(({ field }, n) => [field, n])),
        renameByName: {},
      },
    },
  ];
}

function variableJson(asked: Variable): Json {
  const { name, label, all } = asked;
  return {
    type: 'query',
    name,
    label,
    ...variableQuery(asked),
    refresh: 2,
    sort: 1,
    includeAll: true,
    // Without it Grafana puts all values in the place of "All".
    ...(all === 'anything' ? { allValue: '.*' } : {}),
    multi: true,
    current: { selected: true, text: ['All'], value: ['$__all'] },
    hide: 0,
  };
}

function variableQuery(asked: Variable): Json {
  if ('attribute' in asked)
    return {
      datasource: chosenSource('tempo'),
      // https://grafana.com/docs/grafana/latest/datasources/tempo/template-variables/: 1 is "Label values".
      query: {
        type: 1,
        label: asked.attribute,
        stream: '',
        refId: 'TempoDatasourceVariableQueryEditor-VariableQuery',
      },
      definition: '',
    };
  const query = `label_values(${asked.metric}, ${asked.metricLabel})`;
  return {
    datasource: chosenSource('prometheus'),
    query: { query, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
    definition: query,
  };
}

/** A line at each moment that the query has a value, or that is its value. */
function annotationJson({ name, query, title, text, valueIsTime = false }: Annotation): Json {
  return {
    name,
    datasource: chosenSource('prometheus'),
    enable: true,
    iconColor: 'red',
    expr: query,
    step: '60s',
    titleFormat: title,
    textFormat: text,
    tagKeys: 'rule',
    ...(valueIsTime ? { useValueForTime: 'on' } : {}),
  };
}

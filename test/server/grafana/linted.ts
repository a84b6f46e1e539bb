/**
 * The rules of https://github.com/grafana/dashboard-linter that apply here, by their names. Left out: those that want `job` and `instance`
 * among variables and matchers (`template-job-rule`, `template-instance-rule`, `target-job-rule`, `target-instance-rule`), as our metrics
 * have a prefix of their own and are added up over instances; those of Loki; and `target-promql-rule`, which a real Prometheus holds
 * (`prometheus.test.ts`).
 */
import type { Dashboard, Panel } from './provisioned.js';

type Rule = readonly [name: string, faultsOf: (dashboard: Dashboard) => readonly string[]];

const shown = ({ panels }: Dashboard): readonly Panel[] => panels.filter(({ type }) => type !== 'row');

const faulty = (dashboard: Dashboard, test: (panel: Panel) => boolean): readonly string[] =>
  shown(dashboard)
    .filter(test)
    .map(({ title }) => title);

const expressions = (dashboard: Dashboard): readonly string[] =>
  shown(dashboard).flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => expr ?? []));

export const LINTED: readonly Rule[] = [
  [
    'template-datasource-rule',
    ({ templating: { list } }) => {
      const sources = list.filter(({ type }) => type === 'datasource');
      if (sources[0]?.query !== 'prometheus') return ['the first data source is not Prometheus'];
      return sources.flatMap(({ name, label, query }) => {
        // BeTrace is a second data source of the type Tempo, for which the rule has no name.
        const named = name === 'betrace_datasource' ? 'betrace' : String(query);
        const title = named === 'betrace' ? 'BeTrace' : named.replace(/^./, (first) => first.toUpperCase());
        return name === `${named}_datasource` && label === `${title} data source` ? [] : [name];
      });
    },
  ],
  [
    'panel-datasource-rule',
    (dashboard) => faulty(dashboard, ({ datasource }) => !datasource?.uid.startsWith('${')),
  ],
  [
    'panel-title-description-rule',
    (dashboard) => faulty(dashboard, ({ title, description = '' }) => title === '' || description === ''),
  ],
  ['panel-units-rule', (dashboard) => faulty(dashboard, ({ fieldConfig }) => !fieldConfig?.defaults.unit)],
  ['panel-no-targets-rule', (dashboard) => faulty(dashboard, ({ targets = [] }) => targets.length === 0)],
  ['uneditable-dashboard', ({ editable }) => (editable ? ['it is editable'] : [])],
  [
    'template-on-time-change-reload-rule',
    ({ templating: { list } }) =>
      list.flatMap(({ type, name, refresh }) => (type === 'query' && refresh !== 2 ? [name] : [])),
  ],
  [
    'template-label-promql-rule',
    ({ templating: { list } }) =>
      list.flatMap(({ type, name, datasource, definition = '' }) =>
        type === 'query' && datasource?.type === 'prometheus' && !/^label_values\(.+\)$/.test(definition)
          ? [name]
          : [],
      ),
  ],
  [
    'target-rate-interval-rule',
    (dashboard) =>
      expressions(dashboard).filter((expression) =>
        [...expression.matchAll(/\bi?rate\([^[]*\[([^\]]*)\]/g)].some(
          ([, range]) => range !== '$__rate_interval',
        ),
      ),
  ],
  [
    'target-counter-agg-rule',
    (dashboard) =>
      // A counter without matchers and without a range.
      expressions(dashboard).filter((expression) =>
        /_total(?![\w{[])/.test(expression.replace(/_total\[/g, '')),
      ),
  ],
];

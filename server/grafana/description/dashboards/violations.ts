import { drilldownLink, exploreLink } from '../explore.js';
import { CALM, type Dashboard, type PanelLink, prometheus, redFrom, warnFrom } from '../panel.js';
import { variable } from '../variable.js';
import { CHOSEN, CHOSEN_SPANS, RATE_CHANGES, RULE_VARIABLES, SERVICE_VARIABLE } from './variables.js';

/** The rule of the series that is clicked. */
const RULE = variable('__field.labels.rule');

const OF_THE_RULE: readonly PanelLink[] = [
  exploreLink(
    'Violation spans in Tempo',
    'tempo',
    `{ span.betrace.violation = true && span.betrace.rule.id = "${RULE}" } | select(span.betrace.violation.trace_id, span.betrace.violation.message)`,
  ),
  exploreLink('Violations in stored traces, by BeTrace', 'betrace', `violations of ${RULE}`),
];

export const VIOLATIONS: Dashboard = {
  uid: 'betrace-violations',
  title: 'BeTrace: violations',
  description: 'Which rules are violated, how often, in which services, and by which traces.',
  sources: ['prometheus', 'tempo', 'betrace'],
  variables: [...RULE_VARIABLES, SERVICE_VARIABLE],
  annotations: [RATE_CHANGES],
  sections: [
    {
      title: 'In the time that is shown',
      panels: [
        {
          kind: 'stat',
          title: 'Violations',
          description: 'Violations found, each counted once, retracted ones included.',
          unit: 'short',
          thresholds: redFrom(1),
          width: 6,
          queries: [prometheus(`sum(increase(betrace_violations_total{${CHOSEN}}[$__range]))`, 'violations')],
        },
        {
          kind: 'stat',
          title: 'Share of cases that violate',
          description: 'Violations in all cases that a rule applied to.',
          unit: 'percentunit',
          thresholds: warnFrom(0.001, 0.01),
          width: 6,
          queries: [
            prometheus(
              `sum(increase(betrace_violations_total{${CHOSEN}}[$__range])) / sum(increase(betrace_rule_applicable_total{${CHOSEN}}[$__range]))`,
              'share',
            ),
          ],
        },
        {
          kind: 'stat',
          title: 'Rules violated',
          description: 'Rules with at least one violation.',
          unit: 'short',
          thresholds: redFrom(1),
          width: 6,
          queries: [
            prometheus(
              `count(sum by (rule) (increase(betrace_violations_total{${CHOSEN}}[$__range])) > 0) or vector(0)`,
              'rules',
            ),
          ],
        },
        {
          kind: 'stat',
          title: 'Retracted',
          description:
            'Violations that were none after spans that came late: traces are judged too early where it is many.',
          unit: 'short',
          thresholds: warnFrom(1, 100),
          width: 6,
          queries: [prometheus(`sum(increase(betrace_retractions_total{${CHOSEN}}[$__range]))`, 'retracted')],
        },
      ],
    },
    {
      title: 'By rule',
      panels: [
        {
          kind: 'timeseries',
          title: 'Violations by rule',
          description: 'Violations in each interval. A click on a series leads to its violation spans.',
          unit: 'short',
          thresholds: CALM,
          width: 24,
          stacked: true,
          links: OF_THE_RULE,
          queries: [
            prometheus(
              `sum by (rule) (increase(betrace_violations_total{${CHOSEN}}[$__rate_interval]))`,
              '{{rule}}',
            ),
          ],
        },
        {
          kind: 'timeseries',
          title: 'Violations by severity',
          description: 'Violations in each interval, by the severity that their rule names.',
          unit: 'short',
          thresholds: CALM,
          width: 12,
          stacked: true,
          queries: [
            prometheus(
              `sum by (severity) (increase(betrace_violations_total{${CHOSEN}}[$__rate_interval]))`,
              '{{severity}}',
            ),
          ],
        },
        {
          kind: 'timeseries',
          title: 'Violations by tenant',
          description: 'Violations in each interval. Tenants beyond a bound are counted together.',
          unit: 'short',
          thresholds: CALM,
          width: 12,
          stacked: true,
          queries: [
            prometheus(
              `sum by (tenant) (increase(betrace_violations_total{${CHOSEN}}[$__rate_interval]))`,
              '{{tenant}}',
            ),
          ],
        },
      ],
    },
    {
      title: 'By service',
      panels: [
        {
          kind: 'timeseries',
          title: 'Violations by service',
          description:
            'Violation spans in Tempo by the service of the first span of evidence, over time. Asked by TraceQL, as the names of services are no labels of the counters.',
          unit: 'short',
          thresholds: CALM,
          width: 12,
          stacked: true,
          queries: [
            {
              source: 'tempo',
              text: `${CHOSEN_SPANS} | count_over_time() by (span.betrace.violation.service)`,
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Violations by basis',
          description:
            'Violation spans by what the verdict rests on: a complete trace, a quiet one, or one judged in part.',
          unit: 'short',
          thresholds: CALM,
          width: 12,
          stacked: true,
          queries: [
            {
              source: 'tempo',
              text: `${CHOSEN_SPANS} | count_over_time() by (span.betrace.violation.basis)`,
            },
          ],
        },
      ],
    },
    {
      title: 'Where from',
      panels: [
        {
          kind: 'timeseries',
          title: 'Violations by version',
          description:
            'Violation spans in Tempo by the version of the service of the offending span, which they carry: a rollout that breaks a rule shows here.',
          unit: 'short',
          thresholds: CALM,
          width: 12,
          stacked: true,
          queries: [
            {
              source: 'tempo',
              text: `${CHOSEN_SPANS} | count_over_time() by (span.service.name, span.service.version)`,
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Violations by place',
          description: 'Violation spans in Tempo by region and namespace of the offending span.',
          unit: 'short',
          thresholds: CALM,
          width: 12,
          stacked: true,
          queries: [
            {
              source: 'tempo',
              text: `${CHOSEN_SPANS} | count_over_time() by (span.cloud.region, span.k8s.namespace.name)`,
            },
          ],
        },
      ],
    },
    {
      title: 'One by one',
      panels: [
        {
          kind: 'table',
          title: 'Latest violations',
          description: 'Violation spans in Tempo. The id of the offending trace leads to that trace.',
          unit: 'short',
          thresholds: CALM,
          width: 24,
          queries: [
            {
              source: 'tempo',
              text: `${CHOSEN_SPANS} | select(span.betrace.rule.id, span.betrace.rule.severity, span.betrace.violation.service, span.betrace.violation.message, span.betrace.violation.trace_id)`,
            },
          ],
          columns: [
            { field: 'betrace.rule.id', title: 'Rule' },
            { field: 'betrace.rule.severity', title: 'Severity' },
            {
              field: 'betrace.violation.service',
              title: 'Service',
              links: [
                drilldownLink('Spans of the service in Traces Drilldown', 'tempo', {
                  field: 'resource.service.name',
                  variable: '__value.raw',
                }),
              ],
            },
            { field: 'betrace.violation.message', title: 'Message' },
            {
              field: 'betrace.violation.trace_id',
              title: 'Offending trace',
              links: [
                exploreLink('Offending trace', 'tempo', variable('__value.raw')),
                exploreLink('Offending trace, by BeTrace', 'betrace', variable('__value.raw')),
              ],
            },
          ],
        },
      ],
    },
  ],
};

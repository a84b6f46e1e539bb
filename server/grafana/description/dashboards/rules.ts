import { CALM, column, type Dashboard, prometheus, redFrom, warnFrom } from '../panel.js';
import { CHOSEN, RATE_CHANGES, RULE_VARIABLES } from './variables.js';

/** Costs are counted for all tenants together. */
const RULE = 'rule=~"$rule"';

const inRange = (metric: string): string =>
  `sum by (rule, severity) (increase(${metric}{${CHOSEN}}[$__range]))`;
const overTime = (metric: string): string => `sum(rate(${metric}{${CHOSEN}}[$__rate_interval]))`;

export const RULES: Dashboard = {
  uid: 'betrace-rules',
  title: 'BeTrace: rule health',
  description:
    'Whether each rule does its work: does it apply, can it tell, what does it cost, is it judged at all.',
  sources: ['prometheus'],
  variables: RULE_VARIABLES,
  annotations: [RATE_CHANGES],
  sections: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'stat',
          title: 'Rules in force',
          description: 'Rules that were read, disabled ones included.',
          unit: 'short',
          thresholds: CALM,
          width: 4,
          queries: [prometheus('max(betrace_rules)', 'rules')],
        },
        {
          kind: 'stat',
          title: 'Rules that never applied',
          description:
            'Rules that applied to no case since the service started: what they look for may be named otherwise.',
          unit: 'short',
          thresholds: warnFrom(1, 1000),
          width: 4,
          queries: [
            prometheus(
              `count(sum by (rule) (betrace_rule_applicable_total{${CHOSEN}}) == 0) or vector(0)`,
              'rules',
            ),
          ],
        },
        {
          kind: 'stat',
          title: 'Rules stopped',
          description: 'Rules that are not judged any more, as they failed again and again.',
          unit: 'short',
          thresholds: redFrom(1),
          width: 4,
          queries: [prometheus(`sum(max by (rule) (betrace_rule_stopped{${RULE}}))`, 'rules')],
        },
        {
          kind: 'stat',
          title: 'Files with errors',
          description: 'Files of rules with errors; what was read of them before stays in force.',
          unit: 'short',
          thresholds: redFrom(1),
          width: 4,
          queries: [prometheus('sum(betrace_rule_files{state!="current"})', 'files')],
        },
        {
          kind: 'stat',
          title: 'Cannot tell',
          description: 'Share of the cases that could not be determined, for want of an attribute.',
          unit: 'percentunit',
          thresholds: warnFrom(0.05, 0.5),
          width: 4,
          queries: [
            prometheus(
              `sum(increase(betrace_rule_cannot_tell_total{${CHOSEN}}[$__range])) / sum(increase(betrace_rule_applicable_total{${CHOSEN}}[$__range]))`,
              'share',
            ),
          ],
        },
        {
          kind: 'stat',
          title: 'Failures',
          description: 'Batches of traces that a rule failed on or took too long over.',
          unit: 'short',
          thresholds: redFrom(1),
          width: 4,
          queries: [prometheus(`sum(increase(betrace_rule_failures_total{${RULE}}[$__range]))`, 'failures')],
        },
      ],
    },
    {
      title: 'Results',
      panels: [
        {
          kind: 'timeseries',
          title: 'Cases by result',
          description:
            'Cases a second that a rule applied to: passed, violated, or not to be determined. Whether those that passed are vacuous shows over a day: see the panel of vacuous cases.',
          unit: 'short',
          thresholds: CALM,
          width: 24,
          stacked: true,
          queries: [
            prometheus(overTime('betrace_rule_passed_total'), 'passed, vacuous included'),
            prometheus(overTime('betrace_violations_total'), 'violated'),
            prometheus(overTime('betrace_rule_cannot_tell_total'), 'cannot tell'),
          ],
        },
        {
          kind: 'table',
          title: 'Rules',
          description:
            'The cases of each rule in the time that is shown, how many of the newest UTC day are vacuous (they passed, and could not have failed for want of data), and how many cases across traces are not decided yet.',
          unit: 'short',
          thresholds: CALM,
          width: 24,
          queries: [
            column(inRange('betrace_rule_applicable_total')),
            column(inRange('betrace_rule_passed_total')),
            column(inRange('betrace_violations_total')),
            column(inRange('betrace_rule_cannot_tell_total')),
            column(inRange('betrace_retractions_total')),
            column(`sum by (rule, severity) (betrace_rule_vacuous_cases{${CHOSEN}})`),
            column(`sum by (rule, severity) (betrace_rule_undecided_cases{${CHOSEN}})`),
            column(inRange('betrace_rule_unseen_cases_total')),
            column(inRange('betrace_rule_unchecked_total')),
          ],
          columns: [
            { field: 'rule', title: 'Rule' },
            { field: 'severity', title: 'Severity' },
            { field: 'Value #A', title: 'Applicable' },
            { field: 'Value #B', title: 'Passed, vacuous included' },
            { field: 'Value #F', title: 'Vacuous today' },
            { field: 'Value #C', title: 'Violated' },
            { field: 'Value #D', title: 'Cannot tell' },
            { field: 'Value #E', title: 'Retracted' },
            { field: 'Value #G', title: 'Undecided now' },
            { field: 'Value #H', title: 'Not judged for want of spans' },
            { field: 'Value #I', title: 'Not judged once more' },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Vacuous cases by rule',
          description:
            'Cases of the newest UTC day that passed although, for want of data, no clause of their rule could have failed. Begins anew each day.',
          unit: 'short',
          thresholds: warnFrom(1, 1_000_000),
          width: 24,
          queries: [prometheus(`sum by (rule) (betrace_rule_vacuous_cases{${CHOSEN}}) > 0`, '{{rule}}')],
        },
        {
          kind: 'timeseries',
          title: 'Rules across and over traces',
          description:
            'Cases across traces whose time has not passed, spans that came too late for their flows, and rules over many traces whose windows wait for stored blocks.',
          unit: 'short',
          thresholds: CALM,
          width: 24,
          queries: [
            prometheus(`sum by (rule) (betrace_rule_undecided_cases{${CHOSEN}})`, 'undecided: {{rule}}'),
            prometheus(
              'sum(increase(betrace_flow_late_spans_total[$__rate_interval]))',
              'spans too late for flows',
            ),
            prometheus(
              `sum by (rule) (betrace_rule_waits_for_blocks{${CHOSEN}})`,
              'waits for blocks: {{rule}}',
            ),
          ],
        },
      ],
    },
    {
      title: 'Cost',
      panels: [
        {
          kind: 'timeseries',
          title: 'Time spent by rule',
          description:
            'Seconds that each rule takes in a second; all together compete for the cores of the service.',
          unit: 's',
          thresholds: warnFrom(0.5, 1),
          width: 12,
          stacked: true,
          queries: [
            prometheus(
              `sum by (rule) (rate(betrace_rule_evaluation_seconds_total{${RULE}}[$__rate_interval]))`,
              '{{rule}}',
            ),
          ],
        },
        {
          kind: 'timeseries',
          title: 'Failures by rule',
          description:
            'Parts of batches that a rule failed on or took too long over; they are tried in smaller ones.',
          unit: 'short',
          thresholds: redFrom(1),
          width: 12,
          queries: [
            prometheus(
              `sum by (rule) (increase(betrace_rule_failures_total{${RULE}}[$__rate_interval]))`,
              '{{rule}}',
            ),
          ],
        },
      ],
    },
  ],
};

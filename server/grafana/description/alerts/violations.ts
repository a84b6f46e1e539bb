import type { Alert, AlertGroup } from '../alert.js';
import { exploreFromAlert } from '../explore.js';

/**
 * Violations in a window. A counter that was not there at its start counts whole: `increase` takes the first value that
 * Prometheus saw for the beginning, and would not see the first violation of a rule that is new.
 */
function found(matchers: string, window: string): string {
  const counter = `betrace_violations_total{${matchers}}`;
  return `sum by (rule, tenant) ((${counter} unless ${counter} offset ${window}) > 0 or increase(${counter}[${window}]))`;
}

/** Since when a rule is violated more often than before; 0 where that is not known. */
const SINCE = 'max by (rule, tenant) (betrace_rule_violated_more_since_timestamp_seconds)';
const SINCE_TEXT =
  '{{ if .Values.Since.Value }}More often than before since {{ humanizeTimestamp .Values.Since.Value }}{{ else }}No change of the rate is known{{ end }}';

const VIOLATIONS_URL = exploreFromAlert(
  'tempo',
  '{ span.betrace.violation = true && span.betrace.rule.id = "{{ .Labels.rule }}" } | select(span.betrace.violation.clause, span.service.name, span.service.version, span.betrace.violation.message, span.betrace.violation.trace_id)',
);

function violated(
  name: string,
  about: { readonly severities: string; readonly window: string; readonly more: number },
  rest: Pick<Alert, 'for' | 'severity'>,
): Alert {
  const howOften =
    about.more === 0 ? `in the last ${about.window}` : `more than ${about.more} times in ${about.window}`;
  return {
    name,
    source: 'prometheus',
    query: found(`severity=~"${about.severities}"`, about.window),
    fires: ['above', about.more],
    summary: 'Rule {{ .Labels.rule }} is violated',
    description: `Traces of tenant {{ .Labels.tenant }} violate the rule {{ .Labels.rule }}, ${howOften}. violations_url lists its violations of the last hour, each with its clause, service, version and a link to its trace.`,
    panel: ['betrace-violations', 'Violations by rule'],
    values: { Since: SINCE },
    annotations: { since: SINCE_TEXT, violations_url: VIOLATIONS_URL },
    ...rest,
  };
}

export const VIOLATION_ALERTS: AlertGroup = {
  name: 'BeTrace violations',
  interval: '30s',
  alerts: [
    violated(
      'BeTraceCriticalViolation',
      { severities: 'critical', window: '5m', more: 0 },
      { for: '0s', severity: 'critical' },
    ),
    violated(
      'BeTraceHighViolation',
      { severities: 'high', window: '5m', more: 0 },
      { for: '0s', severity: 'high' },
    ),
    violated(
      'BeTraceMediumViolations',
      { severities: 'medium', window: '15m', more: 0 },
      { for: '5m', severity: 'medium' },
    ),
    violated(
      'BeTraceLowViolations',
      { severities: 'low|info', window: '1h', more: 20 },
      { for: '15m', severity: 'low' },
    ),
    {
      name: 'BeTraceRuleMostlyViolated',
      source: 'prometheus',
      query:
        'sum by (rule, tenant) (increase(betrace_violations_total[30m])) / (sum by (rule, tenant) (increase(betrace_rule_applicable_total[30m])) > 20)',
      fires: ['above', 0.5],
      for: '10m',
      severity: 'high',
      summary: 'More than half of the cases violate {{ .Labels.rule }}',
      description:
        'Either something broke for everybody, or the rule does not say what was meant. Fewer than 20 cases in half an hour do not count.',
      panel: ['betrace-rules', 'Rules'],
    },
    {
      name: 'BeTraceManyRetractions',
      source: 'prometheus',
      query:
        'sum by (rule, tenant) (increase(betrace_retractions_total[1h])) / (sum by (rule, tenant) (increase(betrace_violations_total[1h])) > 10)',
      fires: ['above', 0.2],
      for: '15m',
      severity: 'low',
      summary: 'Violations of {{ .Labels.rule }} are often retracted',
      description: 'Spans come after their traces were judged: the rule should wait longer.',
      panel: ['betrace-service', 'Retractions'],
    },
  ],
};

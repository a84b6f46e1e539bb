import type { AlertGroup } from '../alert.js';
import { exploreFromAlert } from '../explore.js';

/** What a label of a series says: Grafana's plugin for Tempo leaves the quotes of texts in it. */
function unquoted(label: string): string {
  return String.raw`{{ reReplaceAll "\"" "" (index .Labels "${label}") }}`;
}

const RULE = unquoted('span.betrace.rule.id');

/**
 * Alerts by TraceQL metrics, for who has no Prometheus that reads BeTrace. Grafana takes them where its feature toggle `tempoAlerting`
 * is on, and calls them experimental.
 */
export const TRACEQL_ALERTS: AlertGroup = {
  name: 'BeTrace by TraceQL',
  interval: '1m',
  alerts: [
    {
      name: 'BeTraceViolationSpans',
      source: 'tempo',
      query:
        '{ span.betrace.violation = true && span.betrace.rule.severity =~ "critical|high" } | count_over_time() by (span.betrace.rule.id, span.betrace.violation.clause, span.service.name, span.service.version)',
      fires: ['above', 0],
      for: '0s',
      severity: 'high',
      labels: {
        rule: RULE,
        clause: unquoted('span.betrace.violation.clause'),
        service: unquoted('span.service.name'),
        version: unquoted('span.service.version'),
      },
      summary: `Tempo has violations of ${RULE}`,
      description:
        'Violation spans of rules of severity critical or high arrived in Tempo in the last ten minutes.',
      annotations: {
        violations_url: exploreFromAlert(
          'tempo',
          `{ span.betrace.violation = true && span.betrace.rule.id = "${RULE}" } | select(span.betrace.violation.message, span.betrace.violation.trace_id)`,
        ),
      },
      panel: ['betrace-violations', 'Violations by service'],
    },
    {
      name: 'BeTraceErrorsInStoredTraces',
      source: 'betrace',
      query: '{ status = error } | rate() by (resource.service.name)',
      fires: ['above', 1],
      for: '5m',
      severity: 'medium',
      summary: `Service ${unquoted('resource.service.name')} fails more than once a second`,
      description:
        'A query of BeTrace over the blocks in storage, which are some minutes behind: an example to copy for questions of your own.',
      panel: ['betrace-violations', 'Violations by service'],
    },
  ],
};

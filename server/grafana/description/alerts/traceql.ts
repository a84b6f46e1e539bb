import type { AlertGroup } from '../alert.js';

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
        '{ span.betrace.violation = true && span.betrace.rule.severity =~ "critical|high" } | count_over_time() by (span.betrace.rule.id)',
      fires: ['above', 0],
      for: '0s',
      severity: 'high',
      summary: 'Tempo has violations of {{ index .Labels "span.betrace.rule.id" }}',
      description:
        'Violation spans of rules of severity critical or high arrived in Tempo in the last ten minutes.',
      panel: ['betrace-violations', 'Violations by service'],
    },
    {
      name: 'BeTraceErrorsInStoredTraces',
      source: 'betrace',
      query: '{ status = error } | rate() by (resource.service.name)',
      fires: ['above', 1],
      for: '5m',
      severity: 'medium',
      summary: 'Service {{ index .Labels "resource.service.name" }} fails more than once a second',
      description:
        'Asked of BeTrace over the blocks in storage, which are some minutes behind: an example to copy for questions of your own.',
      panel: ['betrace-violations', 'Violations by service'],
    },
  ],
};

import {
  CALM,
  type Dashboard,
  type Panel,
  type PanelQuery,
  prometheus,
  redFrom,
  warnFrom,
} from '../panel.js';

const rate = (metric: string): string => `rate(${metric}[$__rate_interval])`;

/** The median and the slowest hundredth of a histogram, for each value of a label. */
function quantiles(metric: string, by?: string): readonly PanelQuery[] {
  const labels = ['le', ...(by === undefined ? [] : [by])].join(', ');
  return ([0.5, 0.99] as const).map((quantile) =>
    prometheus(
      `histogram_quantile(${quantile}, sum by (${labels}) (${rate(`${metric}_bucket`)}))`,
      by === undefined ? `p${quantile * 100}` : `p${quantile * 100} {{${by}}}`,
    ),
  );
}

/** A size together with the bound that it must keep. */
function bounded(
  title: string,
  description: string,
  size: readonly [metric: string, name: string],
  bound: string,
): Panel {
  return {
    kind: 'timeseries',
    title,
    description,
    unit: 'bytes',
    thresholds: CALM,
    width: 8,
    queries: [prometheus(`sum(${size[0]})`, size[1]), prometheus(`sum(${bound})`, 'bound')],
  };
}

export const SERVICE: Dashboard = {
  uid: 'betrace-service',
  title: 'BeTrace: ingest and delivery',
  description: 'Whether spans come in, traces are judged in time, and violations go out.',
  sources: ['prometheus'],
  variables: [],
  annotations: [],
  sections: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'stat',
          title: 'Ready',
          description: 'Whether the service answers questions, as /-/ready says.',
          unit: 'bool_yes_no',
          thresholds: [{ color: 'red' }, { color: 'green', value: 1 }],
          width: 4,
          queries: [prometheus('min(betrace_ready)', 'ready')],
        },
        {
          kind: 'stat',
          title: 'Spans received',
          description: 'Spans a second that were taken.',
          unit: 'cps',
          thresholds: CALM,
          width: 4,
          queries: [prometheus(`sum(${rate('betrace_ingest_spans_total')})`, 'spans')],
        },
        {
          kind: 'stat',
          title: 'Open traces',
          description: 'Traces that are open, or kept for spans that come late.',
          unit: 'short',
          thresholds: CALM,
          width: 4,
          queries: [prometheus('sum(betrace_open_traces)', 'traces')],
        },
        {
          kind: 'stat',
          title: 'Outbox depth',
          description: 'Violation spans that the receiver has not taken.',
          unit: 'short',
          thresholds: warnFrom(1000, 100_000),
          width: 4,
          queries: [prometheus('sum(betrace_outbox_depth)', 'spans')],
        },
        {
          kind: 'stat',
          title: 'Write-ahead log',
          description: 'How full the write-ahead log is. Requests are refused once it is full.',
          unit: 'percentunit',
          thresholds: warnFrom(0.6, 0.8),
          width: 4,
          queries: [prometheus('max(betrace_wal_bytes / betrace_log_limit_bytes)', 'full')],
        },
        {
          kind: 'stat',
          title: 'Damage',
          description: 'Parts of the logs that could not be read when the service started.',
          unit: 'short',
          thresholds: redFrom(1),
          width: 4,
          queries: [prometheus('sum(betrace_log_damage_total{kind!="torn"})', 'parts')],
        },
      ],
    },
    {
      title: 'Spans in',
      panels: [
        {
          kind: 'timeseries',
          title: 'Spans received and refused',
          description:
            'Spans a second: received, and of those not kept, by why. `own` are violations that came back.',
          unit: 'cps',
          thresholds: CALM,
          width: 12,
          queries: [
            prometheus(`sum(${rate('betrace_ingest_spans_total')})`, 'received'),
            prometheus(
              `sum by (reason) (${rate('betrace_ingest_refused_spans_total')})`,
              'refused: {{reason}}',
            ),
          ],
        },
        {
          kind: 'timeseries',
          title: 'Requests by outcome',
          description:
            'OTLP requests a second. `overloaded` and `unavailable` are sent again by whoever sends.',
          unit: 'reqps',
          thresholds: CALM,
          width: 12,
          stacked: true,
          queries: [
            prometheus(
              `sum by (outcome, transport) (${rate('betrace_ingest_request_duration_seconds_count')})`,
              '{{transport}} {{outcome}}',
            ),
          ],
        },
        {
          kind: 'timeseries',
          title: 'Time to acknowledge',
          description: 'From a request to its acknowledgement, once its spans are on disk.',
          unit: 's',
          thresholds: warnFrom(0.5, 2.5),
          width: 12,
          queries: quantiles('betrace_ingest_request_duration_seconds', 'transport'),
        },
        {
          kind: 'timeseries',
          title: 'Late spans',
          description:
            'Spans a second of traces that had been judged: within the grace period, or too late to count.',
          unit: 'cps',
          thresholds: CALM,
          width: 12,
          queries: [
            prometheus(`sum(${rate('betrace_late_spans_total')})`, 'late'),
            prometheus(`sum(${rate('betrace_ingest_refused_spans_total{reason="too late"}')})`, 'too late'),
          ],
        },
      ],
    },
    {
      title: 'Traces',
      panels: [
        {
          kind: 'timeseries',
          title: 'Open traces over time',
          description: 'Traces that are open, or kept for spans that come late.',
          unit: 'short',
          thresholds: CALM,
          width: 8,
          queries: [prometheus('sum(betrace_open_traces)', 'traces')],
        },
        bounded(
          'Memory of open traces',
          'Beyond the bound the oldest are judged as partial; far beyond it requests are refused.',
          ['betrace_open_trace_bytes', 'open traces'],
          'betrace_open_trace_limit_bytes',
        ),
        {
          kind: 'timeseries',
          title: 'Traces closed by basis',
          description: 'Traces a second judged for the first time: complete, quiet, or in part.',
          unit: 'short',
          thresholds: CALM,
          width: 8,
          stacked: true,
          queries: [prometheus(`sum by (basis) (${rate('betrace_traces_closed_total')})`, '{{basis}}')],
        },
        {
          kind: 'timeseries',
          title: 'Judged early or later than meant',
          description:
            'Traces judged early for want of memory, and traces not tried before they closed as judging was behind.',
          unit: 'short',
          thresholds: redFrom(1),
          width: 8,
          queries: [
            prometheus(`sum(${rate('betrace_traces_evicted_total')})`, 'evicted'),
            prometheus(`sum(${rate('betrace_early_skipped_total')})`, 'not tried early'),
          ],
        },
        {
          kind: 'timeseries',
          title: 'Time to judge',
          description: 'Time that judging what was due took; it is done every half second.',
          unit: 's',
          thresholds: warnFrom(1, 5),
          width: 8,
          queries: quantiles('betrace_evaluation_duration_seconds'),
        },
        {
          kind: 'timeseries',
          title: 'Retractions',
          description: 'Violations a second that were none after spans that came late.',
          unit: 'short',
          thresholds: CALM,
          width: 8,
          queries: [prometheus(`sum by (rule) (${rate('betrace_retractions_total')})`, '{{rule}}')],
        },
        {
          kind: 'timeseries',
          title: 'Spans that share an id',
          description:
            'Spans a second that share their id with another span of their trace: of another kind, as with Zipkin, or of the same.',
          unit: 'cps',
          thresholds: CALM,
          width: 8,
          queries: [prometheus(`sum by (kind) (${rate('betrace_spans_sharing_id_total')})`, '{{kind}} kind')],
        },
      ],
    },
    {
      title: 'Violations out',
      panels: [
        {
          kind: 'timeseries',
          title: 'Outbox',
          description: 'Violation spans that the receiver has not taken.',
          unit: 'short',
          thresholds: warnFrom(1000, 100_000),
          width: 8,
          queries: [prometheus('sum(betrace_outbox_depth)', 'spans')],
        },
        {
          kind: 'timeseries',
          title: 'Spans sent by outcome',
          description: 'Violation spans a second: delivered, or rejected for good by the receiver.',
          unit: 'cps',
          thresholds: CALM,
          width: 8,
          queries: [prometheus(`sum by (outcome) (${rate('betrace_export_spans_total')})`, '{{outcome}}')],
        },
        {
          kind: 'timeseries',
          title: 'Requests to send again',
          description:
            'Failed requests to the receiver a second, and tenants whose violations have not gone through for a while.',
          unit: 'short',
          thresholds: redFrom(1),
          width: 8,
          queries: [
            prometheus(`sum(${rate('betrace_export_failures_total')})`, 'failed requests'),
            prometheus('sum(betrace_export_broken)', 'tenants held up'),
          ],
        },
        bounded(
          'Size of the write-ahead log',
          'It shrinks as traces are over. At the bound requests are refused.',
          ['betrace_wal_bytes', 'write-ahead log'],
          'betrace_log_limit_bytes',
        ),
        bounded(
          'Size of the outbox',
          'It shrinks as violations are delivered and their traces are over. At the bound judging waits.',
          ['betrace_outbox_bytes', 'outbox'],
          'betrace_log_limit_bytes',
        ),
        {
          kind: 'timeseries',
          title: 'Memory of the process',
          description: 'Resident memory: open traces, judging, and questions over stored traces.',
          unit: 'bytes',
          thresholds: CALM,
          width: 8,
          queries: [prometheus('sum(process_resident_memory_bytes{job="betrace"})', 'resident')],
        },
      ],
    },
    {
      title: 'A topic of Kafka',
      panels: [
        {
          kind: 'timeseries',
          title: 'Behind the topic',
          description:
            'How old the spans are that are read while others wait behind them, by instance. Empty where spans come by OTLP.',
          unit: 's',
          thresholds: redFrom(60),
          width: 12,
          queries: [
            prometheus('max by (instance) (betrace_kafka_lag_seconds)', '{{instance}}'),
            prometheus('min by (instance) (betrace_kafka_reading)', '{{instance}} reads'),
          ],
        },
        {
          kind: 'timeseries',
          title: 'Records of the topic',
          description:
            'Read a second; waiting to be read; read, and still needed for traces that are open; gone before they were read, and passed over as nobody can read them, in the range that is shown.',
          unit: 'short',
          thresholds: CALM,
          width: 12,
          queries: [
            prometheus(`sum(${rate('betrace_kafka_records_total')})`, 'read a second'),
            prometheus('sum(betrace_kafka_lag_records)', 'waiting'),
            prometheus('sum(betrace_kafka_uncommitted_records)', 'needed'),
            prometheus('sum(increase(betrace_kafka_lost_records_total[$__range]))', 'gone'),
            prometheus('sum(increase(betrace_kafka_unreadable_records_total[$__range]))', 'passed over'),
          ],
        },
        {
          kind: 'timeseries',
          title: 'Owners of tenants',
          description:
            'Of replicas that share live.owners: tenants that each owns, windows that replicas which are away have claimed, and times that the place could not be read or written. Empty for a service alone.',
          unit: 'short',
          thresholds: CALM,
          width: 12,
          queries: [
            prometheus('max by (instance) (betrace_owned_tenants)', '{{instance}}'),
            prometheus('max(betrace_open_claims{replica="others"})', 'claimed by replicas that are away'),
            prometheus('sum(increase(betrace_owner_failures_total[$__range]))', 'failures'),
          ],
        },
      ],
    },
    {
      title: 'Questions over stored traces',
      panels: [
        {
          kind: 'timeseries',
          title: 'Time to answer',
          description: 'Time that questions took, without waiting.',
          unit: 's',
          thresholds: warnFrom(10, 60),
          width: 12,
          queries: quantiles('betrace_query_duration_seconds', 'kind'),
        },
        {
          kind: 'timeseries',
          title: 'Questions under way',
          description: 'Questions that are being answered, and that wait for their turn.',
          unit: 'short',
          thresholds: CALM,
          width: 12,
          queries: [
            prometheus('sum(betrace_queries_running)', 'running'),
            prometheus('sum(betrace_queries_waiting)', 'waiting'),
          ],
        },
        {
          kind: 'timeseries',
          title: 'Questions to the engine',
          description:
            'What ClickHouse was asked in place of this process, by how it ended: refused is what goes beyond one of its bounds, failed what it did not answer. Empty without engine.address.',
          unit: 'cps',
          thresholds: CALM,
          width: 12,
          queries: [
            prometheus(`sum by (outcome) (${rate('betrace_engine_questions_total')})`, '{{outcome}}'),
          ],
        },
      ],
    },
  ],
};

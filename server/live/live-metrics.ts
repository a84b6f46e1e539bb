/** What live judging counts, for Prometheus. Values are read when they are asked for. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { OTHER_TENANTS, type RuleCost, type RuleCounts } from '../../engine/live/counters.js';
import { vacuousOn } from '../../engine/live/day-facts.js';
import type { LiveHealth } from '../../engine/live/health.js';
import type { Live } from '../../engine/live/live.js';
import { DAMAGE_KINDS } from '../../engine/live/log/damage.js';
import type { Delivery } from '../../engine/live/outbox/delivery.js';
import { HOLD_REASONS } from '../../engine/live/outbox/hold.js';
import { SHARING_KINDS } from '../../engine/live/traces/sharing.js';
import type { ReceiverOptions } from '../otlp/receiver.js';

/** Tenants beyond so many share one label, as whoever sends chooses their names. */
const MOST_TENANTS = 100;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface LiveMetrics {
  readonly observeRequest: ReceiverOptions['observe'];
  readonly observeTick: (seconds: number) => void;
}

function secondsOf(ns: bigint): number {
  return Number(ns / 1_000_000n) / 1000;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Bytes, as they are configured. */
export interface LiveBounds {
  readonly memory: number;
  /** Of the write-ahead log and of the outbox, each. */
  readonly logSize: number;
  /** What the write-ahead log takes. */
  readonly logBytes: () => number;
}

export function liveMetrics(
  registry: Registry,
  live: Live,
  delivery: Delivery,
  bounds: LiveBounds,
  health: () => LiveHealth,
): LiveMetrics {
  const registers = [registry];
  const { counters, outbox } = live;
  const tenants = new Set<string>();
  const tenantLabel = (tenant: string): string => {
    if (tenants.size < MOST_TENANTS) tenants.add(tenant);
    return tenants.has(tenant) ? tenant : OTHER_TENANTS;
  };
  const counter = (
    name: string,
    help: string,
    labelNames: string[],
    samples: () => readonly Sample[],
  ): void => {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [labels, value] of samples()) this.inc(labels, value);
      },
    });
  };
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  const perRule = (value: (counts: RuleCounts) => number) => () =>
    [...counters.rules.values()].map(
      (counts): Sample => [
        { rule: counts.rule, severity: counts.severity, tenant: tenantLabel(counts.tenant) },
        value(counts),
      ],
    );
  const ruleLabels = ['rule', 'severity', 'tenant'];
  /** `combine`: what becomes of tenants that share a label. Without a value there is no sample. */
  const ruleGauge = (
    name: string,
    help: string,
    value: (counts: RuleCounts) => number | undefined,
    combine: 'sum' | 'greatest',
  ): void => {
    new Gauge({
      name,
      help,
      labelNames: ruleLabels,
      registers,
      collect() {
        this.reset();
        const samples = new Map<string, Sample>();
        for (const counts of counters.rules.values()) {
          const found = value(counts);
          if (found === undefined) continue;
          const labels = { rule: counts.rule, severity: counts.severity, tenant: tenantLabel(counts.tenant) };
          const key = JSON.stringify(labels);
          const before = samples.get(key)?.[1];
          const both = combine === 'sum' ? found + (before ?? 0) : Math.max(found, before ?? found);
          samples.set(key, [labels, both]);
        }
        for (const [labels, both] of samples.values()) this.set(labels, both);
      },
    });
  };
  const total = (value: () => number) => (): readonly Sample[] => [[{}, value()]];

  counter(
    'betrace_violations_total',
    'Violations found, each counted once.',
    ruleLabels,
    perRule((counts) => counts.violations),
  );
  counter(
    'betrace_retractions_total',
    'Violations that were none after spans that came late, or by the stored blocks, the first or the second time.',
    ruleLabels,
    perRule((counts) => counts.retracted),
  );
  counter(
    'betrace_rule_passed_total',
    'Cases that did not violate their rule and could be determined. Vacuous ones count, too: betrace_rule_vacuous_cases has those of the newest UTC day.',
    ruleLabels,
    perRule((counts) => counts.passed),
  );
  counter(
    'betrace_rule_cannot_tell_total',
    'Cases that could not be determined, for want of an attribute.',
    ruleLabels,
    perRule((counts) => counts.cannotTell),
  );
  counter(
    'betrace_rule_applicable_total',
    'Cases that a rule applied to.',
    ruleLabels,
    perRule((counts) => counts.passed + counts.cannotTell + counts.violations),
  );
  ruleGauge(
    'betrace_rule_vacuous_cases',
    'Cases of the newest UTC day that could not have violated their rule, for want of data; betrace_rule_passed_total counts them too.',
    (counts) => (counts.today === undefined ? 0 : vacuousOn(counts.today).cases),
    'sum',
  );
  counter(
    'betrace_rule_too_large_total',
    'Traces that a rule cannot tell about, each judged alone: too large for it.',
    ruleLabels,
    perRule((counts) => counts.tooLarge),
  );
  counter(
    'betrace_rule_stopped_traces_total',
    'Traces that a rule was not tried on while it was stopped.',
    ruleLabels,
    perRule((counts) => counts.whileStopped),
  );
  counter(
    'betrace_rule_unseen_cases_total',
    'Cases of rules across traces that could not be determined, as spans that they need were let go of, or came before the rule was there, or as they see too far.',
    ruleLabels,
    perRule((counts) => counts.unseen),
  );
  ruleGauge(
    'betrace_rule_undecided_cases',
    'Cases of rules across traces whose time has not passed, and that are not decided yet.',
    (counts) => counts.undecided,
    'sum',
  );
  ruleGauge(
    'betrace_rule_early_until_timestamp_seconds',
    'End of the last window of a rule over many traces that was judged by the spans that came, before stored blocks had them.',
    ({ early }) => (early?.untilNs === undefined ? undefined : secondsOf(early.untilNs)),
    'greatest',
  );
  ruleGauge(
    'betrace_rule_stored_until_timestamp_seconds',
    'Up to where this process has judged a rule over many traces or, of replicas, across traces by stored blocks; of replicas the owner of the tenant has it alone.',
    ({ storedUntilNs }) => (storedUntilNs === undefined ? undefined : secondsOf(storedUntilNs)),
    'greatest',
  );
  ruleGauge(
    'betrace_rule_waits_for_blocks',
    '1 for a rule over many traces whose windows cannot be judged by the spans that came: they wait for stored blocks.',
    ({ early }) => (early?.waits === undefined ? 0 : 1),
    'greatest',
  );
  ruleGauge(
    'betrace_rule_violated_more_since_timestamp_seconds',
    'Since when the rule is violated more often than before, as far as this process counted its cases over the last day; 0 where no such change is known.',
    ({ rates }) => secondsOf(rates?.rise?.atNs ?? 0n),
    'greatest',
  );
  counter(
    'betrace_violations_left_out_total',
    'Violations that are counted and were not sent: a window of a rule over many traces, or a moment of one across traces, had more than live.max_violations.',
    ruleLabels,
    perRule((counts) => counts.leftOut),
  );
  counter(
    'betrace_rule_unchecked_total',
    'Violations found in stored blocks that are not judged once more, although live.recheck is set: there were too many, or their blocks or rule failed.',
    ruleLabels,
    perRule((counts) => counts.unchecked),
  );
  const costs = (value: (cost: RuleCost) => number) => () =>
    [...counters.costs].map(([rule, cost]): Sample => [{ rule }, value(cost)]);
  counter(
    'betrace_rule_evaluation_seconds_total',
    'Time that rules took.',
    ['rule'],
    costs(({ ms }) => ms / 1000),
  );
  counter(
    'betrace_rule_failures_total',
    'Parts of batches of traces that a rule failed on or took too long over; they are tried in smaller ones.',
    ['rule'],
    costs(({ failures }) => failures),
  );
  new Gauge({
    name: 'betrace_rule_stopped',
    help: '1 for a rule that is not judged for a while, for some tenant, as it failed again and again; it is tried again.',
    labelNames: ['rule'],
    registers,
    collect() {
      this.reset();
      for (const rule of counters.costs.keys()) this.set({ rule }, 0);
      for (const { rule, stopped } of counters.rules.values())
        if (stopped !== undefined) this.set({ rule }, 1);
    },
  });
  counter(
    'betrace_ingest_spans_total',
    'Spans received.',
    [],
    total(() => counters.spans),
  );
  counter('betrace_ingest_refused_spans_total', 'Spans that are not kept, by why.', ['reason'], () => [
    [{ reason: 'own' }, counters.own],
    [{ reason: 'too late' }, counters.tooLate],
    ...[...counters.invalid].map(([reason, count]): Sample => [{ reason }, count]),
  ]);
  counter(
    'betrace_late_spans_total',
    'Spans of traces that had been judged.',
    [],
    total(() => counters.late),
  );
  counter(
    'betrace_spans_sharing_id_total',
    'Spans that share their id with another span of their trace, of another kind or of the same; each is judged by itself.',
    ['kind'],
    () => SHARING_KINDS.map((kind): Sample => [{ kind }, counters.sharingSpans[kind]]),
  );
  counter('betrace_traces_closed_total', 'Traces judged for the first time.', ['basis'], () =>
    Object.entries(counters.closed).map(([basis, count]): Sample => [{ basis }, count]),
  );
  counter(
    'betrace_traces_evicted_total',
    'Traces judged early for want of memory.',
    [],
    total(() => counters.evicted),
  );
  counter(
    'betrace_early_skipped_total',
    'Traces that rules were not tried on before they closed, as judging was behind.',
    [],
    total(() => counters.earlySkipped),
  );
  counter(
    'betrace_log_damage_total',
    'Parts of the logs that could not be read at the start, by what is wrong; a torn one was never acknowledged.',
    ['kind'],
    () =>
      DAMAGE_KINDS.map(
        (kind): Sample => [{ kind }, counters.damage.filter((damage) => damage.kind === kind).length],
      ),
  );
  gauge(
    'betrace_open_traces',
    'Traces that are open, or kept for spans that come late.',
    () => live.openTraces,
  );
  gauge('betrace_flow_spans', 'Spans that are kept for rules across traces.', () => live.flowSpans);
  counter(
    'betrace_flows_evicted_total',
    'Flows that lost spans as more than live.flow_spans were kept.',
    [],
    total(() => counters.flowsEvicted),
  );
  counter(
    'betrace_flow_late_spans_total',
    'Spans of flows that came when the cases that see them were settled, live.flow_grace after their time: what was found without them stays.',
    [],
    total(() => counters.flowSpansLate),
  );
  gauge('betrace_open_trace_bytes', 'What those traces take, about.', () => live.openBytes);
  gauge(
    'betrace_log_writable',
    '1 while spans and violations can be kept on disk, 0 while requests are refused.',
    () => (health().problem === undefined ? 1 : 0),
  );
  gauge(
    'betrace_recovery_segments_left',
    'Segments of the write-ahead log that are still to be taken up after a start.',
    () => health().recovering?.segments ?? 0,
  );
  gauge(
    'betrace_recovery_bytes_left',
    'Bytes of the write-ahead log that are still to be taken up after a start.',
    () => health().recovering?.bytes ?? 0,
  );
  gauge('betrace_wal_bytes', 'Size of the write-ahead log.', bounds.logBytes);
  gauge('betrace_outbox_depth', 'Violation spans that the receiver has not taken.', () => outbox.depth);
  gauge(
    'betrace_outbox_entries',
    'Violations that the outbox knows as they may still be retracted.',
    () => outbox.entries,
  );
  gauge('betrace_outbox_full', 'Whether the outbox has no room for what is found, and judging waits.', () =>
    outbox.full === undefined ? 0 : 1,
  );
  gauge('betrace_outbox_bytes', 'Size of the outbox on disk.', () => outbox.bytes);
  gauge(
    'betrace_log_limit_bytes',
    'What the write-ahead log, and the outbox, may each take on disk.',
    () => bounds.logSize,
  );
  gauge(
    'betrace_open_trace_limit_bytes',
    'What open traces may take before the oldest are judged early.',
    () => bounds.memory,
  );
  gauge(
    'betrace_export_broken',
    'Tenants whose violations have not gone through for a while.',
    () => delivery.broken,
  );
  new Gauge({
    name: 'betrace_export_waiting',
    help: 'Tenants whose violations wait: as the receiver asks them to, or after requests that failed.',
    labelNames: ['reason'],
    registers,
    collect() {
      for (const reason of HOLD_REASONS) this.set({ reason }, delivery.waiting(reason));
    },
  });
  gauge(
    'betrace_export_wait_seconds',
    'Until violations go out for all tenants again.',
    () => delivery.waitMs / 1000,
  );
  counter('betrace_export_spans_total', 'Spans sent, by what became of them.', ['outcome'], () => [
    [{ outcome: 'delivered' }, delivery.delivered],
    [{ outcome: 'rejected' }, delivery.rejected],
  ]);
  counter(
    'betrace_export_failures_total',
    'Requests that have to be sent again.',
    [],
    total(() => delivery.failures),
  );

  const requests = new Histogram({
    name: 'betrace_ingest_request_duration_seconds',
    help: 'Time from a request to its acknowledgement, by transport and outcome.',
    labelNames: ['transport', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const ticks = new Histogram({
    name: 'betrace_evaluation_duration_seconds',
    help: 'Time that judging what was due took.',
    buckets: SECONDS,
    registers,
  });
  return {
    observeRequest: (transport, outcome, seconds) => requests.observe({ transport, outcome }, seconds),
    observeTick: (seconds) => ticks.observe(seconds),
  };
}

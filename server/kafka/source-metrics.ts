/** How far the topic is read, for Prometheus. Values are read when they are asked for. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { readCounter } from '../shared/read-counter.js';
import type { KafkaSource, PartitionState } from './kafka-source.js';
import { UNREADABLE_REASONS } from './source-counters.js';

export function sourceMetrics(
  registry: Registry,
  source: Pick<KafkaSource, 'counters' | 'partitions' | 'problem'>,
): void {
  const registers = [registry];
  const { counters } = source;
  const perPartition = (name: string, help: string, value: (state: PartitionState) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['partition'],
      registers,
      collect() {
        this.reset();
        for (const state of source.partitions) this.set({ partition: state.partition }, value(state));
      },
    });
  };
  perPartition(
    'betrace_kafka_lag_records',
    'Records of a partition of this process that it has not read yet.',
    ({ lag }) => lag,
  );
  perPartition(
    'betrace_kafka_lag_seconds',
    'How old the record is that was read last, while others wait behind it; else 0.',
    ({ behindMs }) => behindMs / 1000,
  );
  perPartition(
    'betrace_kafka_uncommitted_records',
    'Records that were read and belong to traces that are not over: whoever takes the partition over reads them again.',
    ({ uncommitted }) => uncommitted,
  );
  new Gauge({
    name: 'betrace_kafka_reading',
    help: '1 while the topic is read, 0 while brokers cannot be reached or refuse.',
    registers,
    collect() {
      this.set(source.problem === undefined ? 1 : 0);
    },
  });
  readCounter(
    registry,
    'betrace_kafka_records_total',
    'Records whose spans were taken.',
    () => counters.records,
  );
  readCounter(
    registry,
    'betrace_kafka_lost_records_total',
    'Records that the topic had let go of before they were read: its retention is too short.',
    () => Number(counters.lost),
  );
  readCounter(
    registry,
    'betrace_kafka_assignments_total',
    'Times that the group gave partitions to this process.',
    () => counters.reassigned,
  );
  new Counter({
    name: 'betrace_kafka_unreadable_records_total',
    help: 'Records, of the reason `trace` single traces of them, that were passed over.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const reason of UNREADABLE_REASONS) this.inc({ reason }, counters.unreadable[reason]);
    },
  });
}

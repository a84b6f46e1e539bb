import { Counter, Gauge, type Registry } from 'prom-client';
import type { EvidenceService } from './evidence-service.js';

export function evidenceMetrics(registry: Registry, evidence: EvidenceService): void {
  const registers = [registry];
  const counter = (name: string, help: string, value: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  };
  counter('betrace_evidence_records_total', 'Records of evidence written.', () => evidence.counts.records);
  counter(
    'betrace_evidence_failures_total',
    'Times that evidence could not be written and has to be again.',
    () => evidence.counts.failures,
  );
  new Gauge({
    name: 'betrace_evidence_waiting_days',
    help: 'Days of tenants that are over and whose evidence is not written.',
    registers,
    collect() {
      this.set(evidence.waiting);
    },
  });
}

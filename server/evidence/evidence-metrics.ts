import { Gauge, type Registry } from 'prom-client';
import { readCounter } from '../shared/read-counter.js';
import type { EvidenceService } from './evidence-service.js';

export function evidenceMetrics(registry: Registry, evidence: EvidenceService): void {
  const registers = [registry];
  readCounter(
    registry,
    'betrace_evidence_records_total',
    'Records of evidence written.',
    () => evidence.counts.records,
  );
  readCounter(
    registry,
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

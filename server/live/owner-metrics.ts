/** Which tenants this replica owns, for Prometheus. Values are read when they are asked for. */
import { Gauge, type Registry } from 'prom-client';
import type { Leases } from '../../engine/live/ownership/leases.js';
import { readCounter } from '../shared/read-counter.js';

export function ownerMetrics(
  registry: Registry,
  leases: Leases,
  counters: { readonly failures: number },
): void {
  const registers = [registry];
  new Gauge({
    name: 'betrace_owned_tenants',
    help: 'Tenants whose rules over many traces and across traces this replica judges, as live.owners says.',
    registers,
    collect() {
      this.set([...leases.all.values()].filter(({ isOwner }) => isOwner).length);
    },
  });
  new Gauge({
    name: 'betrace_open_claims',
    help: 'Windows, and times of cases across traces, that a replica has claimed and not said to be in its outbox: of this one, or of others, which are to come back or to be replayed.',
    labelNames: ['replica'],
    registers,
    collect() {
      const open = [...leases.all.values()].map(({ openClaims }) => openClaims);
      this.set(
        { replica: 'this' },
        open.reduce((sum, { own }) => sum + own.length, 0),
      );
      this.set(
        { replica: 'others' },
        open.reduce((sum, { others }) => sum + others.length, 0),
      );
    },
  });
  readCounter(
    registry,
    'betrace_owner_failures_total',
    'Times that who owns a tenant could not be read or written in live.owners.',
    () => counters.failures,
  );
}

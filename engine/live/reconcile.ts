import type { RulePlan } from '../plan/plan.js';
import { violationId } from '../query/violation-id.js';
import type { FoundViolation } from '../sql/duckdb/violations.js';
import { type OutboxEntry, type OutgoingSpan, outgoingKey } from './outbox/entry.js';
import type { Basis } from './traces/open-trace.js';
import { type EmittedViolation, type Placement, retractionSpan, violationSpan } from './violation/span.js';

/** What a rule says of one trace, against what was emitted for it before. */
export interface Finding {
  readonly tenant: string;
  /** Key of the trace. */
  readonly trace: string;
  readonly rule: RulePlan;
  readonly basis: Basis;
  readonly violations: readonly FoundViolation[];
  /** Whether a violation that is not among them is none: the trace is closed, and none was left out. */
  readonly final: boolean;
}

export interface Changes {
  readonly entries: readonly OutboxEntry[];
  readonly outgoing: readonly OutgoingSpan[];
  readonly emitted: readonly EmittedViolation[];
  readonly retracted: number;
}

/** What has to be emitted so that exactly the violations of the finding stand. */
export function reconcile(
  finding: Finding,
  before: ReadonlyMap<string, OutboxEntry>,
  placement: Placement,
): Changes {
  const { tenant, trace, rule, basis, violations } = finding;
  const entries: OutboxEntry[] = [];
  const outgoing: OutgoingSpan[] = [];
  const found = new Set<string>();
  const emitted: EmittedViolation[] = [];
  let retracted = 0;
  for (const one of violations) {
    const id = violationId(tenant, rule, one);
    if (found.has(id)) continue;
    found.add(id);
    const known = before.get(id);
    if (known?.stands) continue;
    const generation = known === undefined ? 0 : known.generation + 1;
    const violation: EmittedViolation = { id, rule, found: one, basis, generation };
    const entry: OutboxEntry = {
      id,
      tenant,
      trace,
      rule: rule.id,
      revision: rule.revision,
      generation,
      stands: true,
      retraction: retractionSpan(violation, placement),
    };
    emitted.push(violation);
    entries.push(entry);
    outgoing.push({ key: outgoingKey(entry), tenant, span: violationSpan(violation, placement) });
  }
  if (finding.final)
    for (const known of before.values()) {
      const same = known.rule === rule.id && known.revision === rule.revision;
      if (!same || !known.stands || known.retraction === undefined || found.has(known.id)) continue;
      const entry: OutboxEntry = { ...known, stands: false, retraction: undefined };
      entries.push(entry);
      outgoing.push({ key: outgoingKey(entry), tenant, span: known.retraction });
      retracted++;
    }
  return { entries, outgoing, emitted, retracted };
}

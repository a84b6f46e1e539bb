import type { RulePlan } from '../plan/plan.js';
import type { RateRise } from '../verdicts/rate-rise.js';
import type { FoundViolation } from '../verdicts/violation.js';
import { type OutboxEntry, type OutgoingSpan, outgoingKey } from './outbox/entry.js';
import type { VerdictBasis } from './traces/open-trace.js';
import { type EmittedViolation, type Placement, retractionSpan, violationSpan } from './violation/span.js';

/** A violation that a rule found in a trace. */
export interface Finding {
  /** `violationId` of it. */
  readonly id: string;
  readonly tenant: string;
  /** Key of the trace, or of the flow. */
  readonly trace: string;
  readonly rule: RulePlan;
  readonly basis: VerdictBasis;
  readonly found: FoundViolation;
  /** Since when the rule is violated more often, where that is known. */
  readonly since?: RateRise | undefined;
}

/** What the outbox has to learn of one violation. */
export interface Change {
  readonly entry: OutboxEntry;
  readonly outgoing: OutgoingSpan;
}

export interface Emission extends Change {
  readonly violation: EmittedViolation;
}

/** Makes the violation stand; undefined where it does, by what was emitted for its trace `before`. */
export function emission(
  { id, tenant, trace, rule, basis, found, since }: Finding,
  before: ReadonlyMap<string, OutboxEntry>,
  placement: Placement,
): Emission | undefined {
  const known = before.get(id);
  if (known?.stands) return undefined;
  const generation = known === undefined ? 0 : known.generation + 1;
  const violation: EmittedViolation = {
    ...{ id, rule, found, basis, generation },
    ...(since === undefined ? {} : { since }),
  };
  const entry: OutboxEntry = {
    id,
    tenant,
    trace,
    rule: rule.id,
    revision: rule.revision,
    generation,
    stands: true,
    ...(found.watched === undefined
      ? {}
      : { sees: [found.watched.firstNs.toString(), found.watched.lastNs.toString()] }),
    retraction: retractionSpan(violation, placement),
  };
  return {
    entry,
    outgoing: { key: outgoingKey(entry), tenant, span: violationSpan(violation, placement) },
    violation,
  };
}

/** Makes a violation stand no more; undefined where it does not. */
export function retraction(known: OutboxEntry): Change | undefined {
  if (!known.stands || known.retraction === undefined) return undefined;
  const entry: OutboxEntry = { ...known, stands: false, retraction: undefined };
  return { entry, outgoing: { key: outgoingKey(entry), tenant: known.tenant, span: known.retraction } };
}

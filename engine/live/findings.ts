import type { RulePlan } from '../plan/plan.js';
import type { RateRise } from '../verdicts/rate-rise.js';
import type { FoundViolation } from '../verdicts/violation.js';
import { violationId } from '../verdicts/violation-id.js';
import type { RuleViolations } from '../verdicts/violation-page.js';
import type { LateChanges } from './late-changes.js';
import type { OutboxEntry } from './outbox/entry.js';
import { inRecords } from './outbox/in-records.js';
import { type Emission, emission, retraction } from './reconcile.js';
import type { FoundId } from './some-ids.js';
import type { OpenTrace, VerdictBasis } from './traces/open-trace.js';
import type { EmittedViolation, Placement } from './violation/span.js';

/** Traces of one tenant in which violations are found. */
export interface SearchedTraces {
  readonly tenant: string;
  readonly traces: readonly { readonly trace: OpenTrace; readonly basis: VerdictBasis }[];
  /** Which of the violations found are final already; all of them once a trace is closed. */
  readonly settled?: (rule: RulePlan, violation: FoundViolation) => boolean;
}

/** What happens to what was found: called once it is on disk. */
export interface FindingPorts {
  readonly late: LateChanges;
  /** Whether evidence has counted the cases of a rule in a trace, by its key, before. */
  readonly wasCounted: (rule: RulePlan, trace: string) => boolean;
  readonly placement: Placement;
  /** Since when the rule is violated more often, where that is known. */
  readonly sinceOf: (rule: RulePlan) => RateRise | undefined;
  /** Called with all that is found and holds now, new or known before, once it is on disk. */
  readonly onFound: (rule: RulePlan, found: readonly FoundId[]) => void;
  readonly onEmitted: (rule: RulePlan, emitted: readonly EmittedViolation[]) => Promise<void>;
  readonly onRetracted: (rule: RulePlan, retracted: readonly OutboxEntry[]) => Promise<void>;
}

/**
 * Brings the outbox in line with what rules find in some traces, part by part: every violation found is in it, and at the end none is
 * that was not found again. Each part is on disk before the next; what a crash leaves out is found when the traces are judged again.
 */
export class Findings {
  private readonly byId: ReadonlyMap<string, SearchedTraces['traces'][number]>;
  /** For each rule and revision, what stood before and has not been found. */
  private readonly missed = new Map<string, Map<string, OutboxEntry>>();

  constructor(
    private readonly searched: SearchedTraces,
    private readonly ports: FindingPorts,
  ) {
    this.byId = new Map(searched.traces.map((searchedTrace) => [searchedTrace.trace.traceId, searchedTrace]));
    // Most traces have nothing to do with a rule: they keep it, and always did.
    for (const { trace } of searched.traces)
      for (const entry of ports.late.entriesOf(trace.key).values())
        if (entry.stands) this.missedBy(entry.rule, entry.revision).set(entry.id, entry);
  }

  /** Rejects with `LogRefusal` where the outbox takes no more. */
  async add({ rule, violations }: RuleViolations): Promise<void> {
    const { settled } = this.searched;
    const standing =
      settled === undefined ? violations : violations.filter((violation) => settled(rule, violation));
    for (const some of inRecords(standing)) await this.emit(rule, some);
  }

  /** All that the rule finds in these traces has been added: what else stood does so no more. */
  async end(rule: RulePlan): Promise<void> {
    const missed = [...this.missedBy(rule.id, rule.revision).values()];
    const changes = missed.map(retraction).filter((change) => change !== undefined);
    const { late, wasCounted, onRetracted } = this.ports;
    for (const some of inRecords(changes)) {
      const retracted = some.filter(({ entry }) => wasCounted(rule, entry.trace)).length;
      await late.record(some, { tenant: this.searched.tenant, rule, violated: [], retracted });
      await onRetracted(
        rule,
        some.map(({ entry }) => entry),
      );
    }
  }

  private async emit(rule: RulePlan, violations: readonly FoundViolation[]): Promise<void> {
    const { late, wasCounted, placement, sinceOf, onFound, onEmitted } = this.ports;
    const since = sinceOf(rule);
    const { tenant } = this.searched;
    const missed = this.missedBy(rule.id, rule.revision);
    const emissions = new Map<string, Emission>();
    const ids: FoundId[] = [];
    for (const found of violations) {
      const { trace, basis } = this.byId.get(found.traceId)!;
      const id = violationId(tenant, rule, found);
      missed.delete(id);
      ids.push({ id, time: found.time });
      const finding = { id, tenant, trace: trace.key, rule, basis, found, since };
      const emitted = emission(finding, late.entriesOf(trace.key), placement);
      if (emitted !== undefined && !emissions.has(id)) emissions.set(id, emitted);
    }
    if (emissions.size > 0) {
      const all = [...emissions.values()];
      const violated = all
        .filter(({ entry }) => wasCounted(rule, entry.trace))
        .map(({ violation: { id, found } }) => ({ id, time: found.time }));
      await late.record(all, { tenant, rule, violated, retracted: 0 });
      await onEmitted(
        rule,
        all.map(({ violation }) => violation),
      );
    }
    onFound(rule, ids);
  }

  private missedBy(rule: string, revision: string): Map<string, OutboxEntry> {
    const key = `${rule} ${revision}`;
    const known = this.missed.get(key) ?? new Map<string, OutboxEntry>();
    this.missed.set(key, known);
    return known;
  }
}

import type { RulePlan } from '../../plan/plan.js';
import type { RateRise } from '../../verdicts/rate-rise.js';
import type { FoundViolation } from '../../verdicts/violation.js';
import { violationId } from '../../verdicts/violation-id.js';
import type { LateChanges } from '../late-changes.js';
import type { OutboxEntry } from '../outbox/entry.js';
import { inRecords } from '../outbox/in-records.js';
import { type Emission, emission, retraction } from '../reconcile.js';
import type { FoundId } from '../some-ids.js';
import type { EmittedViolation, Placement } from '../violation/span.js';
import { flowPlace } from './place.js';

export interface FlowFindingPorts {
  readonly late: LateChanges;
  /** Cases that see no span from here on were counted before this judgement. */
  readonly countedNs: bigint;
  readonly placement: Placement;
  /** Since when the rule is violated more often, where that is known. */
  readonly sinceOf: (rule: RulePlan) => RateRise | undefined;
  /** Called with the violations among the cases that this judgement counts. */
  readonly onFound: (rule: RulePlan, found: readonly FoundId[]) => void;
  /** Called once it is on disk. */
  readonly onEmitted: (rule: RulePlan, emitted: readonly EmittedViolation[]) => Promise<void>;
  readonly onRetracted: (rule: RulePlan, retracted: readonly OutboxEntry[]) => Promise<void>;
}

/**
 * Brings the outbox in line with what rules find in some flows of a tenant: it has every violation found, and none that was not found, unless its
 * case is settled, or cannot be determined any more.
 */
export class FlowFindings {
  private readonly found = new Set<string>();

  constructor(
    private readonly tenant: string,
    private readonly settledNs: bigint,
    private readonly ports: FlowFindingPorts,
  ) {}

  /** Rejects with `LogRefusal` where the outbox takes no more. */
  async add(rule: RulePlan, violations: readonly FoundViolation[]): Promise<void> {
    const { tenant, ports } = this;
    const since = ports.sinceOf(rule);
    for (const some of inRecords(violations)) {
      const emissions = new Map<string, Emission>();
      const counted: FoundId[] = [];
      for (const violation of some) {
        const { watched } = violation;
        if (watched === undefined) throw new Error(`${rule.id} found a violation in no flow`);
        const id = violationId(tenant, rule, violation);
        this.found.add(id);
        if (watched.counted === 'now') counted.push({ id, time: violation.time });
        const place = flowPlace(tenant, rule.id, watched.flow);
        const finding = { id, tenant, trace: place, rule, basis: 'flow', found: violation, since } as const;
        const change = emission(finding, ports.late.entriesOf(place), ports.placement);
        if (change !== undefined) emissions.set(id, change);
      }
      ports.onFound(rule, counted);
      if (emissions.size === 0) continue;
      const all = [...emissions.values()];
      const violated = all
        .filter(({ violation: { found } }) => found.watched?.counted === 'before')
        .map(({ violation: { id, found } }): FoundId => ({ id, time: found.time }));
      await ports.late.record(all, { tenant, rule, violated, retracted: 0 });
      await ports.onEmitted(
        rule,
        all.map(({ violation }) => violation),
      );
    }
  }

  /** All that the rule finds in these flows has been added; spans that started before `knownNs` may be gone, so that nothing is found in cases that see so far back. */
  async end(rule: RulePlan, flows: readonly string[], knownNs: bigint): Promise<void> {
    const { tenant, ports, settledNs } = this;
    const missed = flows.flatMap((flow) =>
      [...ports.late.entriesOf(flowPlace(tenant, rule.id, flow)).values()].filter(
        ({ id, revision, sees: [first, last] = ['0', '0'] }) =>
          revision === rule.revision &&
          !this.found.has(id) &&
          BigInt(last) >= settledNs &&
          BigInt(first) >= knownNs,
      ),
    );
    const changes = missed.map(retraction).filter((change) => change !== undefined);
    for (const some of inRecords(changes)) {
      const retracted = some.filter(
        ({ entry: { sees } }) => BigInt(sees?.[1] ?? '0') < ports.countedNs,
      ).length;
      await ports.late.record(some, { tenant, rule, violated: [], retracted });
      await ports.onRetracted(
        rule,
        some.map(({ entry }) => entry),
      );
    }
  }
}

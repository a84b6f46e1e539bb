import type { RulePlan } from '../../plan/plan.js';
import type { RateRise } from '../../verdicts/rate-rise.js';
import type { FoundViolation } from '../../verdicts/violation.js';
import { violationId } from '../../verdicts/violation-id.js';
import type { FoundId } from '../findings.js';
import type { OutboxEntry } from '../outbox/entry.js';
import { inRecords } from '../outbox/in-records.js';
import type { Outbox } from '../outbox/outbox.js';
import { type Change, type Emission, emission, retraction } from '../reconcile.js';
import type { EmittedViolation, Placement } from '../violation/span.js';
import { flowPlace } from './place.js';

export interface FlowFindingPorts {
  readonly outbox: Pick<Outbox, 'entriesOf' | 'record'>;
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
        const change = emission(finding, ports.outbox.entriesOf(place), ports.placement);
        if (change !== undefined) emissions.set(id, change);
      }
      ports.onFound(rule, counted);
      if (emissions.size === 0) continue;
      await this.record([...emissions.values()]);
      await ports.onEmitted(
        rule,
        [...emissions.values()].map(({ violation }) => violation),
      );
    }
  }

  /** All that the rule finds in these flows has been added; spans that started before `knownNs` may be gone, so that nothing is found in cases that see so far back. */
  async end(rule: RulePlan, flows: readonly string[], knownNs: bigint): Promise<void> {
    const { tenant, ports, settledNs } = this;
    const missed = flows.flatMap((flow) =>
      [...ports.outbox.entriesOf(flowPlace(tenant, rule.id, flow)).values()].filter(
        ({ id, revision, sees: [first, last] = ['0', '0'] }) =>
          revision === rule.revision &&
          !this.found.has(id) &&
          BigInt(last) >= settledNs &&
          BigInt(first) >= knownNs,
      ),
    );
    const changes = missed.map(retraction).filter((change) => change !== undefined);
    for (const some of inRecords(changes)) {
      await this.record(some);
      await ports.onRetracted(
        rule,
        some.map(({ entry }) => entry),
      );
    }
  }

  private async record(changes: readonly Change[]): Promise<void> {
    await this.ports.outbox.record(
      changes.map(({ entry }) => entry),
      changes.map(({ outgoing }) => outgoing),
    );
  }
}

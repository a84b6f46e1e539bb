import type { OutboxEntry } from './outbox/entry.js';
import type { Outbox } from './outbox/outbox.js';
import type { Change } from './reconcile.js';
import type { CaseTally, LateChange } from './tally.js';

/**
 * Has evidence count what changes in cases that it has counted before. What it is to count is in the outbox in the same write as the change, under a
 * number that the tally writes down with it: whatever crashes, it is counted once.
 */
export class LateChanges {
  constructor(
    private readonly outbox: Pick<Outbox, 'entriesOf' | 'record' | 'uncounted' | 'counted' | 'numberFrom'>,
    private readonly tally: CaseTally | undefined,
  ) {
    outbox.numberFrom(tally?.changesUpTo ?? 0);
  }

  entriesOf(place: string): ReadonlyMap<string, OutboxEntry> {
    return this.outbox.entriesOf(place);
  }

  /** Whether the cases of a group of rules in a trace, by its key, were counted before. */
  wasCounted(trace: string, group: string): boolean {
    return this.tally?.has(trace, group) === true;
  }

  /**
   * Resolves once the changes survive a crash, with `late` of them to be counted by `count`. Rejects where the outbox takes no more, or evidence has not
   * counted what changed before.
   */
  async record(changes: readonly Change[], late: LateChange): Promise<void> {
    await this.count();
    const none = late.violated.length === 0 && late.retracted === 0;
    const { id, revision } = late.rule;
    await this.outbox.record(
      changes.map(({ entry }) => entry),
      changes.map(({ outgoing }) => outgoing),
      this.tally === undefined || none ? undefined : { ...late, rule: { id, revision } },
    );
  }

  /** Counts what was not counted yet, also by the process before. */
  async count(): Promise<void> {
    for (const { seq, tenant, rule, violated, retracted } of this.outbox.uncounted) {
      await this.tally?.changed(tenant, rule, { violated, retracted }, seq);
      this.outbox.counted(seq);
    }
  }
}

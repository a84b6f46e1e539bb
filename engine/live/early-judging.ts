import type { RulePlan } from '../plan/plan.js';
import { groupBy } from '../shared/group-by.js';
import type { FoundViolation } from '../verdicts/violation.js';
import type { BatchSize } from './batch-size.js';
import type { LiveCounters } from './counters.js';
import type { EarlyWatch } from './early-watch.js';
import { inBatches } from './in-batches.js';
import type { JudgingBatch } from './judging.js';
import { groupNameOf, type RuleSet } from './rules/rule-set.js';
import { isSettled } from './rules/settled.js';
import type { ServedClock } from './served-clock.js';
import type { TraceTable } from './traces/trace-table.js';

/** When judging closed traces takes longer than this, nothing is judged before it is closed. */
const BEHIND_MS = 1000;

export interface EarlyJudgingParts {
  readonly watch: EarlyWatch;
  readonly table: TraceTable;
  readonly clock: ServedClock;
  readonly batch: BatchSize;
  readonly counters: LiveCounters;
  /** Resolves with whether the traces could be judged. */
  readonly attempt: (batch: JudgingBatch) => Promise<boolean>;
}

/** Finds violations in traces that are still open: those that no later span undoes need not wait until their trace is closed. */
export class EarlyJudging {
  constructor(private readonly parts: EarlyJudgingParts) {}

  /** `begunAt`: when the work began whose turn this is. What is left is judged when it is closed, and that must not wait. */
  async judge(rules: RuleSet, begunAt: number): Promise<void> {
    const { early } = rules;
    const { watch, table, clock, counters } = this.parts;
    const touched = watch.takeTouched();
    if (early === undefined) return;
    // Closing traces has taken long already, and it judges these rules as well.
    if (clock.read() - begunAt > BEHIND_MS) {
      counters.earlySkipped += touched.size;
      return;
    }
    const candidates = new Set([...touched, ...watch.takePassed(early)]);
    const open = [...candidates].filter((trace) => table.get(trace.key) === trace);
    const byTenant = groupBy(open, ({ tenant }) => tenant);
    const groupOf = (rule: RulePlan): string => groupNameOf(rules, rule);
    const endAt = clock.read() + BEHIND_MS;
    for (const [tenant, traces] of byTenant) {
      const watermark = watch.watermark(tenant);
      const settled = (rule: RulePlan, violation: FoundViolation): boolean =>
        isSettled(rule, violation, watermark);
      const searched = traces.map((trace) => ({ trace, basis: 'early' as const }));
      for (const some of inBatches(searched, () => this.parts.batch.spans))
        if (clock.read() > endAt) counters.earlySkipped += some.length;
        else
          await this.parts.attempt({
            ...{ tenant, plan: early.plan, traces: some },
            ...{ settled, counted: false, group: '', groupOf },
          });
    }
  }
}

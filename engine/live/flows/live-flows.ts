import type { Plan, RulePlan } from '../../plan/plan.js';
import { messageOf } from '../../shared/message-of.js';
import type { ClosingJob } from '../closing.js';
import type { LiveCounters } from '../counters.js';
import type { EarlyWatch } from '../early-watch.js';
import { snapshotOf } from '../judge/snapshot.js';
import type { LateChanges } from '../late-changes.js';
import type { LivePorts } from '../live-ports.js';
import type { Outbox } from '../outbox/outbox.js';
import { groupName, groupThatTakes, NO_RULES, type RuleSet } from '../rules/rule-set.js';
import type { LiveSettings } from '../settings.js';
import { beginMsOf, takenUntilOf } from '../taken-until.js';
import type { OpenTrace } from '../traces/open-trace.js';
import type { TraceTable } from '../traces/trace-table.js';
import { FlowWatch } from './flow-watch.js';

export interface LiveFlowsParts {
  readonly ports: LivePorts;
  readonly settings: LiveSettings;
  readonly counters: LiveCounters;
  readonly outbox: Outbox;
  readonly late: LateChanges;
  readonly table: Pick<TraceTable, 'values'>;
  readonly early: Pick<EarlyWatch, 'watermark' | 'latest'>;
}

/** Rules across traces, next to those of one trace: closed traces are taken for them, and nothing is judged where no store was given. */
export class LiveFlows {
  private watch: FlowWatch | undefined;
  private rules: RuleSet | undefined;
  /** How many spans each trace had when it was taken last. */
  private readonly taken = new WeakMap<OpenTrace, number>();
  /** What is undecided where no flows are kept. */
  private without: ReadonlyMap<RulePlan, number> | undefined;

  constructor(private readonly parts: LiveFlowsParts) {}

  /** Spans that are kept. */
  get spans(): number {
    return this.watch?.spans ?? 0;
  }

  /** Opens what processes before have kept. Rejects where that cannot be read. */
  async open(): Promise<void> {
    const { ports, settings, counters, outbox, late, table, early } = this.parts;
    const store = await ports.flows?.();
    if (store === undefined) {
      this.without = new Map();
      return;
    }
    this.watch = new FlowWatch(
      {
        ...{ store, outbox, late, counters, placement: settings.placement, tally: ports.tally },
        takenUntil: () =>
          takenUntilOf(table, early, settings, this.rules && groupThatTakes(this.rules, 'flows')),
        onViolation: ports.onViolation ?? (() => undefined),
        onRetraction: ports.onRetraction ?? (() => undefined),
        onRuleEvent: ports.onRuleEvent ?? (() => undefined),
        onProblem: ports.onProblem,
        now: ports.now,
      },
      { graceMs: settings.flowGraceMs, mostSpans: settings.mostFlowSpans },
    );
  }

  setRules(rules: RuleSet): void {
    this.rules = rules;
    this.watch?.setRules(planOf(rules), beginMsOf(this.parts));
  }

  /** Returns whether what rules look at survives a crash now; it is to be tried again otherwise. */
  async take(tenant: string, jobs: readonly ClosingJob[]): Promise<boolean> {
    const sizes = jobs.map(({ trace }) => trace.spans);
    try {
      await this.watch?.take(
        tenant,
        jobs.map(({ trace }) => snapshotOf(trace)),
        jobs.reduce((sum, { trace }, n) => sum + sizes[n]! - (this.taken.get(trace) ?? 0), 0),
      );
      for (const [n, { trace }] of jobs.entries()) this.taken.set(trace, sizes[n]!);
      await this.countTraces(tenant, jobs);
      return true;
    } catch (error) {
      this.parts.ports.onProblem(
        `${jobs.length} traces could not be taken for flows yet: ${messageOf(error)}`,
      );
      return false;
    }
  }

  /** Where no other rules judge the traces, and so count them. */
  private async countTraces(tenant: string, jobs: readonly ClosingJob[]): Promise<void> {
    const { tally } = this.parts.ports;
    const { rules } = this;
    const own = rules && groupThatTakes(rules, 'flows');
    if (tally === undefined || own === undefined || rules?.closing.some(({ takes }) => takes === undefined))
      return;
    const group = groupName(rules!, own);
    const fresh = jobs.filter(({ trace }) => !tally.has(trace.key, group));
    if (fresh.length === 0) return;
    await tally.counted({
      ...{ tenant, group, cases: [], unjudged: [] },
      traces: fresh.map(({ trace }) => trace.key),
      spans: fresh.map(({ trace }) => trace.spans),
      partial: fresh.filter(({ basis }) => basis === 'partial').length,
    });
  }

  /** Cases that are not decided on a day (its number since the Unix epoch), by rule; undefined while that is not known. */
  undecidedOn(tenant: string, day: bigint): ReadonlyMap<RulePlan, number> | undefined {
    return this.watch === undefined ? this.without : this.watch.undecidedOn(tenant, day);
  }

  async tick(): Promise<void> {
    await this.watch?.tick();
  }
}

function planOf(rules: RuleSet): Plan {
  const group = groupThatTakes(rules, 'flows');
  return group === undefined ? NO_RULES : rules.closing[group]!.plan;
}

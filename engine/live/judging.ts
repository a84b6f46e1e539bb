import type { Plan, RulePlan } from '../plan/plan.js';
import type { FoundViolation } from '../sql/duckdb/violations.js';
import type { LiveCounters } from './counters.js';
import { groupBy } from './group-by.js';
import type { Judgement, RuleJudgement } from './judge/evaluator.js';
import type { Judge } from './judge/judge.js';
import type { TraceSnapshot } from './judge/snapshot.js';
import type { OutboxEntry, OutgoingSpan } from './outbox/entry.js';
import type { Outbox } from './outbox/outbox.js';
import { reconcile } from './reconcile.js';
import type { CaseTally } from './tally.js';
import type { Basis, OpenTrace } from './traces/open-trace.js';
import type { EmittedViolation, Placement } from './violation/span.js';

/** Traces of one tenant that the same rules judge at the same time. */
export interface JudgingBatch {
  readonly tenant: string;
  readonly plan: Plan;
  readonly traces: readonly { readonly trace: OpenTrace; readonly basis: Basis }[];
  /** What of the violations found stands already; all of them once a trace is closed. */
  readonly settled?: (rule: RulePlan, violation: FoundViolation) => boolean;
  /** Whether the cases are to be counted: not before a trace is closed, and not when it is judged again. */
  readonly counted: boolean;
  /** Names the rules among those that decide at other times. */
  readonly group: string;
}

/** A rule that fails so often in a row is not tried any more until the rules are loaded anew. */
const STRIKES = 3;

/** Judges batches, and records what changed by it. */
export class Judging {
  private readonly strikes = new Map<string, number>();
  private readonly stopped = new Set<string>();

  constructor(
    private readonly judge: Judge,
    private readonly outbox: Outbox,
    private readonly counters: LiveCounters,
    private readonly placement: Placement,
    private readonly onViolation: (tenant: string, violation: EmittedViolation) => void,
    private readonly tally: CaseTally | undefined,
  ) {}

  /** Gives the rules that were stopped another chance. */
  restart(): void {
    this.strikes.clear();
    this.stopped.clear();
    for (const cost of this.counters.costs.values()) delete cost.stopped;
  }

  /**
   * Resolves once what was found is on disk; rejects with `LogRefusal` where the outbox takes no more, and where the database does not
   * work. Nothing has changed then, and the batch can be judged again.
   */
  async run(batch: JudgingBatch): Promise<void> {
    const rules = batch.plan.rules.filter(({ id }) => !this.stopped.has(id));
    if (rules.length === 0) {
      await this.count(batch, []);
      return;
    }
    const snapshots = batch.traces.map(({ trace }): TraceSnapshot => snapshotOf(trace));
    const judgement = await this.judge.judge({ ...batch.plan, rules }, snapshots);
    this.noteFailures(judgement);
    await this.record(batch, judgement);
    this.counters.judgedTraces += batch.traces.length;
    this.counters.judgedSpans += batch.traces.reduce((sum, { trace }) => sum + trace.spans, 0);
  }

  private async record(batch: JudgingBatch, { rules }: Judgement): Promise<void> {
    const { tenant, settled, counted } = batch;
    const entries: OutboxEntry[] = [];
    const outgoing: OutgoingSpan[] = [];
    const counts: (() => void)[] = [];
    const late: (() => Promise<void>)[] = [];
    const byId = new Map(batch.traces.map((one) => [one.trace.traceId, one]));
    const emittedBefore = batch.traces.filter(({ trace }) => this.outbox.entriesOf(trace.key).size > 0);
    for (const found of rules) {
      const { rule, complete } = found;
      const byTrace = groupBy(found.violations, ({ traceId }) => traceId);
      const of = this.counters.of(tenant, rule.id, rule.settings.severity);
      // Most traces have nothing to do with a rule: they keep it, and always did.
      const violating = [...byTrace.keys()].map((traceId) => byId.get(traceId)!);
      for (const { trace, basis } of new Set([...violating, ...emittedBefore])) {
        const before = this.outbox.entriesOf(trace.key);
        const violations = byTrace.get(trace.traceId) ?? [];
        const standing = settled === undefined ? violations : violations.filter((one) => settled(rule, one));
        const final = complete && settled === undefined;
        const finding = { tenant, trace: trace.key, rule, basis, violations: standing, final };
        const changes = reconcile(finding, before, this.placement);
        entries.push(...changes.entries);
        outgoing.push(...changes.outgoing);
        if (this.tally !== undefined && !counted && settled === undefined) {
          const emitted = changes.emitted.map(({ found }) => found);
          late.push(async () => await this.tally?.changed(tenant, rule, emitted, changes.retracted));
        }
        counts.push(() => {
          of.violations += changes.emitted.length;
          of.retracted += changes.retracted;
          for (const violation of changes.emitted) this.onViolation(tenant, violation);
        });
      }
      const cost = this.counters.cost(rule.id);
      cost.ms += found.ms;
      cost.batches++;
      this.strikes.delete(rule.id);
    }
    await this.outbox.record(entries, outgoing);
    for (const count of counts) count();
    await this.count(batch, rules);
    if (counted)
      for (const { rule, passed, cannotTell } of rules) {
        const of = this.counters.of(tenant, rule.id, rule.settings.severity);
        of.passed += passed;
        of.cannotTell += cannotTell;
      }
    for (const change of late) await change();
  }

  /** Tells the tally, after the outbox: traces that a crash in between leaves uncounted are judged and counted again. */
  private async count(
    { tenant, group, plan, traces, counted }: JudgingBatch,
    judged: readonly RuleJudgement[],
  ): Promise<void> {
    if (this.tally === undefined || !counted) return;
    const ids = new Set(judged.map(({ rule }) => rule.id));
    await this.tally.counted({
      tenant,
      group,
      traces: traces.map(({ trace }) => trace.key),
      cases: judged.map(({ rule, days }) => ({ rule, days })),
      unjudged: plan.rules.filter(({ id }) => !ids.has(id)),
      partial: traces.filter(({ basis }) => basis === 'partial').length,
    });
  }

  private noteFailures({ failed }: Judgement): void {
    for (const { rule, problem } of failed) {
      const strikes = (this.strikes.get(rule.id) ?? 0) + 1;
      const cost = this.counters.cost(rule.id);
      cost.failures++;
      this.strikes.set(rule.id, strikes);
      if (strikes < STRIKES) continue;
      this.stopped.add(rule.id);
      cost.stopped = `${problem.message} (${problem.code})`;
    }
  }
}

function snapshotOf({ traceId, pieces }: OpenTrace): TraceSnapshot {
  return { traceId, pieces: [...pieces] };
}

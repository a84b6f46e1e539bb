import type { Plan, RulePlan } from '../plan/plan.js';
import type { FailedRule } from '../sql/duckdb/rule-guard.js';
import type { LiveCounters } from './counters.js';
import { addToDay } from './day-facts.js';
import { Findings, type SearchedTraces } from './findings.js';
import type { RuleJudgement } from './judge/evaluator.js';
import type { Judge } from './judge/judge.js';
import type { TraceSnapshot } from './judge/snapshot.js';
import type { Outbox } from './outbox/outbox.js';
import type { CaseTally } from './tally.js';
import type { OpenTrace } from './traces/open-trace.js';
import type { EmittedViolation, Placement } from './violation/span.js';

/** Traces of one tenant that the same rules judge at the same time. */
export interface JudgingBatch extends SearchedTraces {
  readonly plan: Plan;
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
    const failed = [...judgement.failed];
    const findings = this.findingsOf(batch);
    for await (const page of judgement.violations()) {
      failed.push(...page.failed);
      for (const found of page.found) await findings.add(found);
    }
    this.noteFailures(failed);
    const judged = judgement.rules.filter((one) => failed.every(({ rule }) => rule !== one.rule));
    if (batch.settled === undefined) for (const { rule } of judged) await findings.end(rule);
    await this.count(batch, judged);
    for (const { rule, passed, cannotTell, days, facts, ms } of judged) {
      const cost = this.counters.cost(rule.id);
      cost.ms += ms;
      cost.batches++;
      this.strikes.delete(rule.id);
      if (!batch.counted) continue;
      const of = this.counters.of(batch.tenant, rule.id, rule.settings.severity);
      of.passed += passed;
      of.cannotTell += cannotTell;
      addToDay(of, rule, days, facts);
    }
    this.counters.judgedTraces += batch.traces.length;
    this.counters.judgedSpans += batch.traces.reduce((sum, { trace }) => sum + trace.spans, 0);
  }

  /** Counts what is emitted and retracted, and tells the tally what it cannot know from the counts of cases. */
  private findingsOf({ tenant, traces, settled, counted }: JudgingBatch): Findings {
    const tally = counted || settled !== undefined ? undefined : this.tally;
    const of = ({ id, settings }: RulePlan) => this.counters.of(tenant, id, settings.severity);
    return new Findings(
      { tenant, traces, ...(settled === undefined ? {} : { settled }) },
      {
        outbox: this.outbox,
        placement: this.placement,
        onEmitted: async (rule, emitted) => {
          of(rule).violations += emitted.length;
          for (const violation of emitted) this.onViolation(tenant, violation);
          const found = emitted.map((one) => one.found);
          await tally?.changed(tenant, rule, found, 0);
        },
        onRetracted: async (rule, retracted) => {
          of(rule).retracted += retracted.length;
          await tally?.changed(tenant, rule, [], retracted.length);
        },
      },
    );
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
      spans: traces.map(({ trace }) => trace.spans),
      cases: judged.map(({ rule, days, facts }) => ({ rule, days, facts })),
      unjudged: plan.rules.filter(({ id }) => !ids.has(id)),
      partial: traces.filter(({ basis }) => basis === 'partial').length,
    });
  }

  private noteFailures(failed: readonly FailedRule[]): void {
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

import type { Plan, RulePlan } from '../plan/plan.js';
import { groupBy } from '../shared/group-by.js';
import type { FailedRule } from '../verdicts/rule-problem.js';
import type { LiveCounters, RuleCounts } from './counters.js';
import { addToDay, byDay } from './day-facts.js';
import { addDoubt, isToLook } from './doubt.js';
import { type FindingPorts, Findings, type SearchedTraces } from './findings.js';
import type { Judgement, RuleJudgement } from './judge/evaluator.js';
import type { Judge } from './judge/judge.js';
import { snapshotOf, type TraceSnapshot } from './judge/snapshot.js';
import type { LateChanges } from './late-changes.js';
import type { OutboxEntry } from './outbox/entry.js';
import { addToRates } from './recent-rates.js';
import { type OnRuleEvent, RuleHealth } from './rule-health.js';
import { type FoundId, SomeIds } from './some-ids.js';
import { inTwo } from './split.js';
import type { CaseTally, CountedCases } from './tally.js';
import type { OpenTrace } from './traces/open-trace.js';
import type { EmittedViolation, Placement } from './violation/span.js';

/** Traces of one tenant that the same rules judge at the same time. */
export interface JudgingBatch extends SearchedTraces {
  readonly plan: Plan;
  /** Whether the cases are to be counted: not before a trace is closed, and not when it is judged again. */
  readonly counted: boolean;
  /** Names the rules among those that decide at other times. */
  readonly group: string;
  /** Of rules that are judged early: the group that counts their cases. */
  readonly groupOf?: (rule: RulePlan) => string;
}

export interface JudgingPorts {
  /** Milliseconds that pass evenly. */
  readonly now: () => number;
  /** Called with each violation once it is in the outbox … */
  readonly onViolation: (tenant: string, violation: EmittedViolation) => void;
  /** … and with each that is retracted. */
  readonly onRetraction: (tenant: string, rule: RulePlan, retracted: OutboxEntry) => void;
  readonly onRuleEvent: OnRuleEvent;
  readonly tally: CaseTally | undefined;
}

/** Parts of one batch that a rule may fail on before the rest of them has to wait: to find one trace among very many takes a dozen. */
const MOST_FAILED_PARTS = 12;

type BatchTrace = SearchedTraces['traces'][number];

/** Some rules on some traces of a batch. */
interface Part {
  readonly rules: readonly RulePlan[];
  readonly traces: readonly BatchTrace[];
}

/** What a batch has shown of one rule. */
interface Outcome {
  /** Of parts of the batch. */
  readonly judged: (RuleJudgement & Pick<CountedCases, 'found'>)[];
  /** Traces without a verdict, by why. */
  readonly tooLarge: OpenTrace[];
  readonly whileStopped: OpenTrace[];
}

/** Judges batches, and records what changed by it. */
export class Judging {
  private readonly health: RuleHealth;

  constructor(
    private readonly judge: Judge,
    private readonly late: LateChanges,
    private readonly counters: LiveCounters,
    private readonly placement: Placement,
    private readonly ports: JudgingPorts,
  ) {
    this.health = new RuleHealth(ports.now, (tenant, rule, event) => {
      const counts = this.countsOf(tenant, rule);
      if (event.kind === 'stopped')
        counts.stopped = `${event.problem.message} (${event.problem.code}); traces of ${event.fromSpans} spans or more are tried again within ${event.forMs / 1000} s`;
      if (event.kind === 'running again') delete counts.stopped;
      ports.onRuleEvent(tenant, rule, event);
    });
  }

  /** Gives the rules that were stopped another chance. */
  restart(): void {
    this.health.restart();
    for (const counts of this.counters.rules.values()) delete counts.stopped;
  }

  /**
   * Every rule on every trace, in parts where a rule fails on some of them: what is too expensive is found, and costs nothing but itself.
   * Resolves once what was found is on disk; rejects with `LogRefusal` where the outbox takes no more, and where the database does not
   * work. What was found up to then is kept, and the batch can be judged again.
   */
  async run(batch: JudgingBatch): Promise<void> {
    const outcomes = new Map(
      batch.plan.rules.map((rule): [RulePlan, Outcome] => [
        rule,
        { judged: [], tooLarge: [], whileStopped: [] },
      ]),
    );
    const failures = new Map<RulePlan, number>();
    const parts: Part[] = [{ rules: batch.plan.rules, traces: batch.traces }];
    for (let part = parts.pop(); part !== undefined; part = parts.pop())
      for (const ready of this.admit(batch, part, parts, outcomes))
        parts.push(...(await this.judgePart(batch, ready, failures, outcomes)));
    await this.count(batch, outcomes);
    this.counters.judgedTraces += batch.traces.length;
    this.counters.judgedSpans += batch.traces.reduce((sum, { trace }) => sum + trace.spans, 0);
  }

  /** What of a part is to be judged now; what has to wait for that goes to `later`. */
  private admit(
    { tenant, settled }: JudgingBatch,
    { rules, traces }: Part,
    later: Part[],
    outcomes: ReadonlyMap<RulePlan, Outcome>,
  ): readonly Part[] {
    const whole: RulePlan[] = [];
    const others: Part[] = [];
    for (const rule of rules) {
      if (this.health.admitsAll(tenant, rule)) {
        whole.push(rule);
        continue;
      }
      const by = groupBy(traces, ({ trace }) =>
        this.health.admits(tenant, rule, trace, settled !== undefined),
      );
      const [first, ...rest] = [...(by.get('try') ?? [])].sort((a, b) => a.trace.spans - b.trace.spans);
      const admitted = by.get('yes') ?? [];
      if (admitted.length === traces.length) whole.push(rule);
      else if (admitted.length > 0) others.push({ rules: [rule], traces: admitted });
      for (const { trace } of by.get('no') ?? [])
        outcomes.get(rule)![this.health.isTooLarge(rule, trace) ? 'tooLarge' : 'whileStopped'].push(trace);
      if (first === undefined) continue;
      this.health.trying(tenant, rule);
      others.push({ rules: [rule], traces: [first] });
      if (rest.length > 0) later.push({ rules: [rule], traces: rest });
    }
    return whole.length === 0 || traces.length === 0 ? others : [{ rules: whole, traces }, ...others];
  }

  /** Returns what is to be tried again, the last first. */
  private async judgePart(
    batch: JudgingBatch,
    { rules, traces }: Part,
    failures: Map<RulePlan, number>,
    outcomes: ReadonlyMap<RulePlan, Outcome>,
  ): Promise<readonly Part[]> {
    const { tenant, settled } = batch;
    const judgement = await this.judge.judge(
      { ...batch.plan, rules },
      traces.map(({ trace }): TraceSnapshot => snapshotOf(trace)),
    );
    const failed = [...judgement.failed];
    const ids = new Map(rules.map((rule) => [rule, new SomeIds(this.ports.tally?.mostIds ?? 0)]));
    const onFound = (rule: RulePlan, found: readonly FoundId[]): void => ids.get(rule)?.add(found);
    const findings = this.findingsOf({ ...batch, traces }, onFound);
    for await (const page of judgement.violations()) {
      failed.push(...page.failed);
      for (const found of page.found) await findings.add(found);
    }
    if (batch.counted) await this.tellDoubts(tenant, judgement);
    const most = Math.max(...traces.map(({ trace }) => trace.spans));
    for (const judged of judgement.rules) {
      const { rule, ms } = judged;
      if (failed.some((failure) => failure.rule === rule)) continue;
      if (settled === undefined) await findings.end(rule);
      outcomes.get(rule)!.judged.push({ ...judged, found: ids.get(rule)?.all ?? [] });
      const cost = this.counters.cost(rule.id);
      cost.ms += ms;
      cost.batches++;
      this.health.succeeded(tenant, rule, most);
    }
    return this.split(batch, traces, failed, failures, outcomes);
  }

  /** Looks now and then at what is missing where rules cannot tell. */
  private async tellDoubts(tenant: string, { rules, doubts }: Judgement): Promise<void> {
    const now = this.ports.now();
    const unsure = rules.filter(
      ({ rule, cannotTell }) => cannotTell > 0 && isToLook(this.countsOf(tenant, rule), rule, now),
    );
    if (unsure.length === 0) return;
    for (const [rule, found] of await doubts(unsure.map(({ rule }) => rule))) {
      const missing = addDoubt(this.countsOf(tenant, rule), rule, found, now);
      const { traceId } = found;
      if (missing.length > 0) this.ports.onRuleEvent(tenant, rule, { kind: 'cannot tell', missing, traceId });
    }
  }

  private split(
    { tenant, settled }: JudgingBatch,
    traces: readonly BatchTrace[],
    failed: readonly FailedRule[],
    failures: Map<RulePlan, number>,
    outcomes: ReadonlyMap<RulePlan, Outcome>,
  ): readonly Part[] {
    const again: RulePlan[] = [];
    const stopped: RulePlan[] = [];
    for (const { rule, problem } of failed) {
      this.counters.cost(rule.id).failures++;
      const count = (failures.get(rule) ?? 0) + 1;
      failures.set(rule, count);
      if (traces.length === 1) {
        this.health.failedAlone(tenant, rule, traces[0]!.trace, settled !== undefined, problem);
        outcomes.get(rule)!.tooLarge.push(traces[0]!.trace);
      } else if (count < MOST_FAILED_PARTS) again.push(rule);
      else {
        this.health.stop(tenant, rule, Math.min(...traces.map(({ trace }) => trace.spans)), problem);
        stopped.push(rule);
      }
    }
    const parts: Part[] = stopped.length === 0 ? [] : [{ rules: stopped, traces }];
    if (again.length === 0) return parts;
    const [smaller, larger] = inTwo(traces);
    return [...parts, { rules: again, traces: larger }, { rules: again, traces: smaller }];
  }

  /** Counts what is emitted and retracted, and has evidence count it where it has counted the cases before. */
  private findingsOf(
    { tenant, traces, settled, group, groupOf }: JudgingBatch,
    onFound: FindingPorts['onFound'],
  ): Findings {
    const { late } = this;
    return new Findings(
      { tenant, traces, ...(settled === undefined ? {} : { settled }) },
      {
        late,
        wasCounted: (rule, trace) => late.wasCounted(trace, groupOf?.(rule) ?? group),
        placement: this.placement,
        sinceOf: (rule) => this.countsOf(tenant, rule).rates?.rise,
        onFound,
        onEmitted: async (rule, emitted) => {
          this.countsOf(tenant, rule).violations += emitted.length;
          for (const violation of emitted) this.ports.onViolation(tenant, violation);
          await late.count();
        },
        onRetracted: async (rule, retracted) => {
          this.countsOf(tenant, rule).retracted += retracted.length;
          for (const entry of retracted) this.ports.onRetraction(tenant, rule, entry);
          await late.count();
        },
      },
    );
  }

  /** After the outbox: traces that a crash in between leaves uncounted are judged and counted again. */
  private async count(batch: JudgingBatch, outcomes: ReadonlyMap<RulePlan, Outcome>): Promise<void> {
    // What is left open here is judged once the trace is closed.
    if (batch.settled !== undefined) return;
    if (batch.counted) await this.countCases(batch, outcomes);
    // A verdict from before some spans came says nothing of those.
    else
      for (const [rule, outcome] of outcomes)
        if (withoutVerdict(outcome).length > 0)
          await this.ports.tally?.changed(batch.tenant, rule, { unjudged: withoutVerdict(outcome).length });
    for (const [rule, { tooLarge, whileStopped }] of outcomes) {
      const counts = this.countsOf(batch.tenant, rule);
      counts.tooLarge += tooLarge.length;
      counts.whileStopped += whileStopped.length;
    }
  }

  private async countCases(
    { tenant, group, traces }: JudgingBatch,
    outcomes: ReadonlyMap<RulePlan, Outcome>,
  ): Promise<void> {
    const all = [...outcomes];
    await this.ports.tally?.counted({
      tenant,
      group,
      traces: traces.map(({ trace }) => trace.key),
      spans: traces.map(({ trace }) => trace.spans),
      cases: all.flatMap(([rule, outcome]) => [
        ...outcome.judged.map(({ days, facts, found }) => ({ rule, days, facts, found })),
        ...withoutVerdict(outcome).flatMap((trace) => this.foundBefore(rule, trace)),
      ]),
      unjudged: all
        .map(([rule, outcome]) => ({ rule, traces: withoutVerdict(outcome).length }))
        .filter((failure) => failure.traces > 0),
      partial: traces.filter(({ basis }) => basis === 'partial').length,
    });
    for (const [rule, { judged }] of all) {
      const counts = this.countsOf(tenant, rule);
      for (const { passed, cannotTell, days, buckets, facts } of judged) {
        counts.passed += passed;
        counts.cannotTell += cannotTell;
        addToDay(counts, rule, days, facts);
        addToRates(counts, buckets);
      }
    }
  }

  /** What a trace that has no verdict as it is now has been found to violate: it was found early, or before the rule failed on it. */
  private foundBefore(rule: RulePlan, { key, earliestStart: time }: OpenTrace): readonly CountedCases[] {
    const found = [...this.late.entriesOf(key).values()]
      .filter((entry) => entry.stands && entry.rule === rule.id && entry.revision === rule.revision)
      .map(({ id }) => ({ id, time }));
    if (found.length === 0) return [];
    const counts = { start: time, passed: 0, violated: found.length, cannotTell: 0 };
    return [{ rule, days: byDay([counts]), facts: new Map(), found }];
  }

  private countsOf(tenant: string, { id, settings }: RulePlan): RuleCounts {
    return this.counters.of(tenant, id, settings.severity);
  }
}

function withoutVerdict({ tooLarge, whileStopped }: Outcome): readonly OpenTrace[] {
  return [...tooLarge, ...whileStopped];
}

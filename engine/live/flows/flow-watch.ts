/**
 * Rules across traces, judged as spans come. What they look at is taken out of a trace once it is closed; a flow is judged when a trace of
 * it was taken, and when time, by the clock of spans, has passed for one of its cases.
 */
import type { Plan, RulePlan } from '../../plan/plan.js';
import { messageOf } from '../../shared/message-of.js';
import type { LiveCounters, RuleCounts } from '../counters.js';
import { addToDay } from '../day-facts.js';
import type { TraceSnapshot } from '../judge/snapshot.js';
import type { OutboxEntry } from '../outbox/entry.js';
import type { Outbox } from '../outbox/outbox.js';
import { addToRates } from '../recent-rates.js';
import type { EmittedViolation, Placement } from '../violation/span.js';
import { FlowFindings } from './flow-findings.js';
import type { FlowJudgement, FlowMoment, FlowStore } from './flow-store.js';
import { isFlowPlaceOf } from './place.js';

export interface FlowPorts {
  readonly store: FlowStore;
  readonly outbox: Pick<Outbox, 'entriesOf' | 'record' | 'traces' | 'forget'>;
  readonly counters: LiveCounters;
  readonly placement: Placement;
  /** Milliseconds since the Unix epoch, as the times of spans are. */
  readonly wall: () => number;
  /** Asked at a moment: the time, in milliseconds, up to which the spans of a tenant have come and were taken. */
  readonly takenUntil: () => (tenant: string) => number;
  readonly onViolation: (tenant: string, violation: EmittedViolation) => void;
  readonly onRetraction: (tenant: string, rule: RulePlan, retracted: OutboxEntry) => void;
  readonly onProblem: (message: string) => void;
}

export interface FlowSettings {
  /** Milliseconds, by the clock of spans, that a case can change for when it sees no more spans: as long spans may come late. */
  readonly graceMs: number;
  /** Spans that may be kept. */
  readonly mostSpans: number;
}

const NS_PER_MS = 1_000_000n;
/** What is settled is let go of when so much more is. */
const LET_GO_NS = 10_000n * NS_PER_MS;

export const NO_FLOW_RULES: Plan = {
  version: 1,
  predicates: [],
  rules: [],
  needs: { spans: [], spanAttributes: [] },
};

export class FlowWatch {
  /** Rules that the store does not have yet. */
  private wanted: { readonly plan: Plan; readonly sinceNs: bigint } | undefined;

  private rules: readonly RulePlan[] = [];
  /** Whether it is counted how many cases are undecided. */
  private counted = false;
  /** By tenant, when spans were let go of last. */
  private readonly settledNs = new Map<string, bigint>();

  constructor(
    private readonly ports: FlowPorts,
    private readonly settings: FlowSettings,
  ) {}

  /** Spans that are kept. */
  get spans(): number {
    return this.ports.store.spans;
  }

  /** Flows are judged by other rules, from the next time on. */
  setRules(plan: Plan): void {
    this.rules = plan.rules;
    this.counted = false;
    this.wanted = { plan, sinceNs: BigInt(Math.floor(this.ports.wall())) * NS_PER_MS };
  }

  /** Takes closed traces of a tenant. Resolves once what rules look at survives a crash. */
  async take(tenant: string, traces: readonly TraceSnapshot[]): Promise<void> {
    await this.applyRules();
    const { store, counters } = this.ports;
    for (const { rule, problem } of await store.take(tenant, traces)) {
      counters.cost(rule.id).failures++;
      this.countsOf(tenant, rule).tooLarge += traces.length;
      this.ports.onProblem(
        `${rule.id}, tenant ${tenant}: ${traces.length} traces were not taken: ${problem.message}`,
      );
    }
  }

  /** Judges what has changed and what is due. Never rejects: what could not be judged is tried again. */
  async tick(): Promise<void> {
    try {
      await this.applyRules();
      await this.evict();
      const takenUntil = this.ports.takenUntil();
      for (const tenant of this.ports.store.tenants)
        if (await this.judge(tenant, takenUntil(tenant))) this.counted = false;
      if (!this.counted) await this.countUndecided();
      this.counted = true;
    } catch (error) {
      this.ports.onProblem(`flows could not be judged yet: ${messageOf(error)}`);
    }
  }

  private async applyRules(): Promise<void> {
    const { wanted } = this;
    if (wanted === undefined) return;
    await this.ports.store.setRules(wanted.plan, wanted.sinceNs);
    if (this.wanted === wanted) this.wanted = undefined;
  }

  /** Whether there was something to judge. */
  private async judge(tenant: string, takenUntilMs: number): Promise<boolean> {
    const { store } = this.ports;
    const known = store.endNs(tenant);
    const until = BigInt(Math.max(0, Math.floor(takenUntilMs))) * NS_PER_MS;
    // What was decided once does not become undecided, whatever is known of the spans of the process before.
    const endNs = until > known ? until : known;
    const graceNs = BigInt(this.settings.graceMs) * NS_PER_MS;
    // Time may pass by leaps: nothing is settled that has not been judged when its time had passed.
    const settledNs = endNs - graceNs < known ? endNs - graceNs : known;
    const moment = { endNs, settledNs: settledNs > 0n ? settledNs : 0n };
    let judged = false;
    for (let some = await store.judge(tenant, moment); some !== undefined; ) {
      judged = true;
      await this.record(tenant, moment, some);
      await some.settle();
      some = await store.judge(tenant, moment);
    }
    await store.reached(tenant, endNs);
    await this.letGo(tenant, moment.settledNs);
    return judged;
  }

  private async countUndecided(): Promise<void> {
    const { counters, store } = this.ports;
    const ids = new Map(this.rules.map((rule) => [rule.id, rule]));
    for (const of of counters.rules.values()) if (ids.has(of.rule)) of.undecided = 0;
    for (const { tenant, rule, cases } of await store.undecided()) {
      const known = ids.get(rule);
      if (known !== undefined) this.countsOf(tenant, known).undecided += cases;
    }
  }

  /** Of what is settled, now and then, as that looks at everything. */
  private async letGo(tenant: string, settledNs: bigint): Promise<void> {
    const { store, outbox } = this.ports;
    const last = this.settledNs.get(tenant) ?? 0n;
    if (settledNs - last < LET_GO_NS) return;
    this.settledNs.set(tenant, settledNs);
    await store.letGo(tenant, settledNs);
    const mine = outbox.traces().filter((place) => isFlowPlaceOf(tenant, place));
    const isOver = (place: string): boolean =>
      [...outbox.entriesOf(place).values()].every(({ sees }) => BigInt(sees?.[1] ?? '0') < settledNs);
    await outbox.forget(mine.filter(isOver));
  }

  private async evict(): Promise<void> {
    const { store, counters } = this.ports;
    const evicted = await store.evict(this.settings.mostSpans);
    if (evicted === undefined) return;
    const { spans, flows, beforeNs, lost } = evicted;
    counters.flowsEvicted += flows;
    for (const { tenant, rule, cases } of lost) {
      const known = this.rules.find(({ id }) => id === rule);
      if (known !== undefined) this.countsOf(tenant, known).unseen += cases;
    }
    this.ports.onProblem(
      `${spans} spans of ${flows} flows were let go of for want of room: what started before ${new Date(Number(beforeNs / NS_PER_MS)).toISOString()} is not known any more, and cases that see so far back are not judged`,
    );
  }

  private async record(tenant: string, { settledNs }: FlowMoment, judged: FlowJudgement): Promise<void> {
    const { outbox, placement, onViolation, onRetraction, counters } = this.ports;
    const findings = new FlowFindings(tenant, settledNs, {
      outbox,
      placement,
      sinceOf: (rule) => this.countsOf(tenant, rule).rates?.rise,
      onEmitted: (rule, emitted) => {
        this.countsOf(tenant, rule).violations += emitted.length;
        for (const one of emitted) onViolation(tenant, one);
      },
      onRetracted: (rule, retracted) => {
        this.countsOf(tenant, rule).retracted += retracted.length;
        for (const one of retracted) onRetraction(tenant, rule, one);
      },
    });
    const failed = [...judged.failed];
    for await (const page of judged.violations()) {
      failed.push(...page.failed);
      for (const { rule, violations } of page.found) await findings.add(rule, violations);
    }
    for (const { rule, passed, cannotTell, unseen, knownNs, days, facts, buckets, ms } of judged.rules) {
      if (failed.some((one) => one.rule === rule)) continue;
      await findings.end(rule, await judged.flowsOf(rule), knownNs);
      const of = this.countsOf(tenant, rule);
      of.passed += passed;
      of.cannotTell += cannotTell;
      of.unseen += unseen;
      addToDay(of, rule, days, facts);
      addToRates(of, buckets);
      const cost = counters.cost(rule.id);
      cost.ms += ms;
      cost.batches++;
    }
    for (const { rule, problem } of failed) {
      counters.cost(rule.id).failures++;
      const flows = (await judged.flowsOf(rule)).length;
      this.countsOf(tenant, rule).tooLarge += flows;
      this.ports.onProblem(
        `${rule.id}, tenant ${tenant}: ${flows} flows were not judged: ${problem.message}`,
      );
    }
  }

  private countsOf(tenant: string, { id, settings }: RulePlan): RuleCounts {
    return this.ports.counters.of(tenant, id, settings.severity);
  }
}

/**
 * Rules across traces, judged as spans come. What they look at is taken out of a trace once it is closed; a flow is judged when a trace of
 * it was taken, and when time, by the clock of spans, has passed for one of its cases.
 */
import type { Plan, RulePlan } from '../../plan/plan.js';
import { messageOf } from '../../shared/message-of.js';
import type { RuleProblem } from '../../verdicts/rule-problem.js';
import type { LiveCounters, RuleCounts } from '../counters.js';
import { addToDay } from '../day-facts.js';
import { addDoubt, isToLook } from '../doubt.js';
import type { TraceSnapshot } from '../judge/snapshot.js';
import type { LateChanges } from '../late-changes.js';
import type { OutboxEntry } from '../outbox/entry.js';
import type { Outbox } from '../outbox/outbox.js';
import { addToRates } from '../recent-rates.js';
import type { OnRuleEvent } from '../rule-health.js';
import { SomeIds } from '../some-ids.js';
import type { CaseTally } from '../tally.js';
import type { EmittedViolation, Placement } from '../violation/span.js';
import { countsIn, type FlowCounts, noteOf } from './flow-counts.js';
import { FlowFindings } from './flow-findings.js';
import { FlowHealth } from './flow-health.js';
import type { FlowJudgement, FlowMoment, FlowStore, RuleCases } from './flow-store.js';
import { isFlowPlaceOf } from './place.js';

export interface FlowPorts {
  readonly store: FlowStore;
  readonly outbox: Pick<Outbox, 'entriesOf' | 'traces' | 'forget'>;
  readonly late: LateChanges;
  readonly counters: LiveCounters;
  readonly placement: Placement;
  /** Counts verdicts for evidence. */
  readonly tally: CaseTally | undefined;
  /** Milliseconds that pass evenly. */
  readonly now: () => number;
  /** Asked at a moment: the time, in milliseconds, up to which the spans of a tenant have come and were taken. */
  readonly takenUntil: () => (tenant: string) => number;
  readonly onViolation: (tenant: string, violation: EmittedViolation) => void;
  readonly onRetraction: (tenant: string, rule: RulePlan, retracted: OutboxEntry) => void;
  readonly onRuleEvent: OnRuleEvent;
  readonly onProblem: (message: string) => void;
}

export interface FlowSettings {
  /** Milliseconds, by the clock of spans, that a case can change for when it sees no more spans: as long spans may come late. */
  readonly graceMs: number;
  /** Spans that may be kept. */
  readonly mostSpans: number;
}

const NS_PER_MS = 1_000_000n;
const TELL_LATE_MS = 60_000;
/** What is settled is let go of when so much more is. */
const LET_GO_NS = 10_000n * NS_PER_MS;

export class FlowWatch {
  /** Rules that the store does not have yet. */
  private wanted: { readonly plan: Plan; readonly sinceNs: bigint } | undefined;

  /** Those that the store judges by: others are wanted while it is at work. */
  private rules: readonly RulePlan[] = [];
  /** Cases that are undecided; undefined while that is not known. */
  private undecided: readonly RuleCases[] | undefined;
  /** Spans that came too late for their flows and were not mentioned yet, and when they may be. */
  private lateUnreported = 0;
  private tellLateAt = Number.NEGATIVE_INFINITY;
  /** Whether what processes before have counted may not be known to the tally. */
  private mayHaveNotes = true;
  /** By tenant, when spans were let go of last. */
  private readonly settledNs = new Map<string, bigint>();
  private readonly health: FlowHealth;

  constructor(
    private readonly ports: FlowPorts,
    private readonly settings: FlowSettings,
  ) {
    this.health = new FlowHealth(ports.now);
  }

  /** Spans that are kept. */
  get spans(): number {
    return this.ports.store.spans;
  }

  /** Flows are judged by other rules, from the next time on; those that are new have seen all spans that start at `beginMs` or later. */
  setRules(plan: Plan, beginMs: number): void {
    this.wanted = { plan, sinceNs: BigInt(Math.floor(beginMs)) * NS_PER_MS };
  }

  /** The cases of rules that are undecided on a day, by rule; undefined while that is not known. */
  undecidedOn(tenant: string, day: bigint): ReadonlyMap<RulePlan, number> | undefined {
    if (this.undecided === undefined || this.wanted !== undefined) return undefined;
    const cases = new Map<RulePlan, number>();
    for (const rule of this.rules)
      for (const undecided of this.undecided)
        if (
          undecided.rule === rule.id &&
          undecided.tenant === tenant &&
          undecided.day === day &&
          undecided.cases > 0
        )
          cases.set(rule, undecided.cases);
    return cases;
  }

  /** Takes closed traces of a tenant, which have so many fresh spans. Resolves once what rules look at survives a crash. */
  async take(tenant: string, traces: readonly TraceSnapshot[], fresh: number): Promise<void> {
    await this.applyRules();
    const { store, counters, tally } = this.ports;
    const taken = await store.take(tenant, traces);
    const { failed } = taken;
    // Those that were there before and were let go of cannot be distinguished from others.
    const late = Math.min(taken.late, fresh);
    if (late > 0) {
      counters.flowSpansLate += late;
      tally?.refused(tenant, 0, late);
      this.tellLate(tenant, late);
    }
    for (const { rule, problem } of failed) {
      counters.cost(rule.id).failures++;
      this.countsOf(tenant, rule).tooLarge += traces.length;
      this.ports.onProblem(
        `${rule.id}, tenant ${tenant}: ${traces.length} traces were not taken: ${problem.message}`,
      );
    }
  }

  /** Now and then, as there may be some in each batch. */
  private tellLate(tenant: string, late: number): void {
    const { now, onProblem } = this.ports;
    this.lateUnreported += late;
    if (now() < this.tellLateAt) return;
    this.tellLateAt = now() + TELL_LATE_MS;
    onProblem(
      `${this.lateUnreported} spans of flows came when the cases that see them were settled, the last of tenant ${tenant}: what was found without them stays`,
    );
    this.lateUnreported = 0;
  }

  /** Judges what has changed and what is due. Never rejects: what could not be judged is tried again. */
  async tick(): Promise<void> {
    try {
      await this.applyRules();
      if (this.mayHaveNotes) await this.tellNotes();
      const takenUntil = this.ports.takenUntil();
      for (const tenant of this.ports.store.tenants)
        if (await this.judge(tenant, takenUntil(tenant))) this.undecided = undefined;
      // What goes has been judged, so that it is known which cases go with it.
      await this.evict();
      if (this.undecided === undefined) await this.countUndecided();
    } catch (error) {
      this.ports.onProblem(`flows could not be judged yet: ${messageOf(error)}`);
    }
  }

  private async applyRules(): Promise<void> {
    const { wanted } = this;
    if (wanted === undefined) return;
    const { store, counters } = this.ports;
    // The clock of the machine may have been set back meanwhile.
    let beginNs = wanted.sinceNs;
    for (const tenant of store.tenants) if (store.endNs(tenant) > beginNs) beginNs = store.endNs(tenant);
    await store.setRules(wanted.plan, beginNs);
    for (const counts of counters.rules.values())
      if ([...this.rules, ...wanted.plan.rules].some(({ id }) => id === counts.rule)) {
        delete counts.stopped;
        counts.undecided = 0;
      }
    this.rules = wanted.plan.rules;
    this.health.restart();
    this.undecided = undefined;
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
    const next = async (): Promise<FlowJudgement | undefined> =>
      await store.judge(
        tenant,
        moment,
        this.rules.filter((rule) => this.health.rests(tenant, rule)),
      );
    for (let some = await next(); some !== undefined; ) {
      judged = true;
      const counts = await this.record(tenant, moment, some);
      const settled = counts.cases.map(({ rule }) => rule);
      await some.settle(settled, this.ports.tally === undefined ? undefined : noteOf(counts));
      // Also where what follows fails.
      this.undecided = undefined;
      this.count(counts, some);
      await this.tellNotes();
      some = await next();
    }
    await store.reached(tenant, endNs);
    await this.letGo(tenant, moment.settledNs);
    return judged;
  }

  private async countUndecided(): Promise<void> {
    const { counters, store } = this.ports;
    const ids = new Map(this.rules.map((rule) => [rule.id, rule]));
    for (const counts of counters.rules.values()) if (ids.has(counts.rule)) counts.undecided = 0;
    this.undecided = await store.undecided();
    for (const { tenant, rule, cases } of this.undecided) {
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
    const evicted = await store.evict(
      this.settings.mostSpans,
      this.ports.tally === undefined ? undefined : (tenant, lost) => noteOf(this.countsOfLost(tenant, lost)),
    );
    if (evicted === undefined) return;
    const { spans, flows, beforeNs, tenants, lost } = evicted;
    counters.flowsEvicted += flows;
    for (const tenant of tenants)
      for (const { rule, unseen } of this.countsOfLost(
        tenant,
        lost.filter((cases) => cases.tenant === tenant),
      ).cases)
        this.countsOf(tenant, rule).unseen += unseen;
    this.undecided = undefined;
    await this.tellNotes();
    this.ports.onProblem(
      `${spans} spans of ${flows} flows were let go of for want of room: what started before ${new Date(Number(beforeNs / NS_PER_MS)).toISOString()} is not known any more, and cases that see so far back are not judged`,
    );
  }

  private countsOfLost(tenant: string, lost: readonly RuleCases[]): FlowCounts<RulePlan> {
    return {
      tenant,
      cases: lost.flatMap(({ rule: id, cases }) => {
        const rule = this.rules.find((known) => known.id === id);
        return rule === undefined ? [] : [{ rule, days: [], facts: new Map(), found: [], unseen: cases }];
      }),
      unjudged: [],
    };
  }

  /** Brings the outbox in line with it, and returns what is to be counted of it. */
  private async record(
    tenant: string,
    moment: FlowMoment,
    judged: FlowJudgement,
  ): Promise<FlowCounts<RulePlan>> {
    const { late, placement, onViolation, onRetraction, tally, store } = this.ports;
    const ids = new Map<RulePlan, SomeIds>();
    const findings = new FlowFindings(tenant, moment.settledNs, {
      late,
      countedNs: store.endNs(tenant),
      placement,
      sinceOf: (rule) => this.countsOf(tenant, rule).rates?.rise,
      onFound: (rule, found) => {
        const known = ids.get(rule) ?? new SomeIds(tally?.mostIds ?? 0);
        ids.set(rule, known);
        known.add(found);
      },
      onEmitted: async (rule, emitted) => {
        this.countsOf(tenant, rule).violations += emitted.length;
        for (const violation of emitted) onViolation(tenant, violation);
        await late.count();
      },
      onRetracted: async (rule, retracted) => {
        this.countsOf(tenant, rule).retracted += retracted.length;
        for (const retraction of retracted) onRetraction(tenant, rule, retraction);
        await late.count();
      },
    });
    const failed = [...judged.failed];
    for await (const page of judged.violations()) {
      failed.push(...page.failed);
      for (const { rule, violations } of page.found) await findings.add(rule, violations);
    }
    await this.tellDoubts(tenant, judged);
    const sound = judged.rules.filter(({ rule }) => !failed.some((failure) => failure.rule === rule));
    for (const { rule, knownNs } of sound) await findings.end(rule, await judged.flowsOf(rule), knownNs);
    const unjudged: { readonly rule: RulePlan; readonly flows: number }[] = [];
    for (const { rule, problem } of failed) {
      const flows = (await judged.flowsOf(rule)).length;
      unjudged.push({ rule, flows });
      this.ports.onProblem(
        `${rule.id}, tenant ${tenant}: ${flows} flows were not judged: ${problem.message}`,
      );
      this.noteFailed(tenant, rule, problem);
    }
    for (const { rule } of sound) this.noteSound(tenant, rule);
    for (const rule of judged.rested) unjudged.push({ rule, flows: (await judged.flowsOf(rule)).length });
    return {
      tenant,
      cases: sound.map((judgement) => ({ ...judgement, found: ids.get(judgement.rule)?.all ?? [] })),
      unjudged,
    };
  }

  private noteFailed(tenant: string, rule: RulePlan, { code, message }: RuleProblem): void {
    const forMs = this.health.failed(tenant, rule);
    if (forMs === undefined) return;
    this.countsOf(tenant, rule).stopped =
      `${message} (${code}); flows are judged by it again after ${forMs / 1000} s`;
    this.ports.onProblem(
      `${rule.id}, tenant ${tenant}: failed on one flow after the other, and rests for ${forMs / 1000} s: flows that change meanwhile are not judged by it`,
    );
  }

  private noteSound(tenant: string, rule: RulePlan): void {
    if (!this.health.succeeded(tenant, rule)) return;
    delete this.countsOf(tenant, rule).stopped;
    this.ports.onProblem(`${rule.id}, tenant ${tenant}: is judged again`);
  }

  /** Once it is certain that it is not counted again. */
  private count({ tenant, unjudged }: FlowCounts, judged: FlowJudgement): void {
    const { counters } = this.ports;
    const without = new Map(unjudged.map(({ rule, flows }) => [rule.id, flows]));
    for (const { rule, passed, cannotTell, unseen, days, facts, buckets, ms } of judged.rules) {
      if (without.has(rule.id)) continue;
      const counts = this.countsOf(tenant, rule);
      counts.passed += passed;
      counts.cannotTell += cannotTell;
      counts.unseen += unseen;
      addToDay(counts, rule, days, facts);
      addToRates(counts, buckets);
      const cost = counters.cost(rule.id);
      cost.ms += ms;
      cost.batches++;
    }
    const rested = new Set(judged.rested.map(({ id }) => id));
    for (const rule of this.rules) {
      const flows = without.get(rule.id);
      if (flows === undefined) continue;
      if (rested.has(rule.id)) this.countsOf(tenant, rule).whileStopped += flows;
      else {
        counters.cost(rule.id).failures++;
        this.countsOf(tenant, rule).tooLarge += flows;
      }
    }
  }

  /** Has the tally hear of what was counted; what it could not take waits. */
  private async tellNotes(): Promise<void> {
    const { store, tally } = this.ports;
    if (tally === undefined) return;
    this.mayHaveNotes = true;
    const notes = await store.notes();
    for (const { seq, note } of notes) await tally.countedFlows(seq, countsIn(note));
    const last = notes.at(-1);
    if (last !== undefined) await store.noted(last);
    this.mayHaveNotes = false;
  }

  /** Looks now and then at what is missing where rules cannot tell. */
  private async tellDoubts(tenant: string, { rules, doubts }: FlowJudgement): Promise<void> {
    const { now, onRuleEvent } = this.ports;
    const unsure = rules.filter(
      ({ rule, cannotTell }) => cannotTell > 0 && isToLook(this.countsOf(tenant, rule), rule, now()),
    );
    if (unsure.length === 0) return;
    for (const [rule, found] of await doubts(unsure.map(({ rule }) => rule))) {
      const missing = addDoubt(this.countsOf(tenant, rule), rule, found, now());
      const { traceId } = found;
      if (missing.length > 0) onRuleEvent(tenant, rule, { kind: 'cannot tell', missing, traceId });
    }
  }

  private countsOf(tenant: string, { id, settings }: RulePlan): RuleCounts {
    return this.ports.counters.of(tenant, id, settings.severity);
  }
}

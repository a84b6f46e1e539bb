/** The flows that processes keep, each op of them on a disk that fails as a seed says: all of it, or nothing. */
import type { Span } from '../../../engine/otlp/model.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import type { WatchedCase } from '../../../engine/verdicts/violation.js';
import { CountedCases } from './counted-cases.js';
import type { FlowCase } from './flow-verdicts.js';
import { ruleKeyOf } from './judged.js';

/** What a rule may look at: what was taken since it was there. */
interface ShelvedRule {
  readonly sinceNs: bigint;
  /** By tenant and the id of the trace. */
  readonly traces: Map<string, Map<string, ReadonlySet<Span>>>;
  /** By tenant, every flow that there ever was. */
  readonly flows: Map<string, Set<string>>;
}

export interface ShelvedTenant {
  /** Up to where its flows have been judged. */
  endNs: bigint;
  /** Spans that started before were let go of for want of room. */
  knownNs: bigint;
  /** Cases that had seen no span from here on were settled. */
  settledNs: bigint;
  /** The same by the judgement that is under way. */
  settlingNs: bigint;
  /** Whether anything was taken since its flows were judged last, which was up to … */
  changed: boolean;
  judgedNs: bigint;
  readonly counted: CountedCases;
  /** Cases that were not counted when they were judged last, by rule. */
  readonly open: Map<string, readonly FlowCase[]>;
  /** Flows that a rule could not be judged on when it was tried last, by rule. */
  readonly failed: Map<string, ReadonlySet<string>>;
  /** Cases that are undecided, by rule. */
  undecided: Map<string, number>;
}

/** Cases of a rule, by its id, that are gone before they were counted. */
export interface LostCases {
  readonly tenant: string;
  readonly rule: string;
  readonly cases: number;
}

export interface ShelvedNote {
  readonly seq: bigint;
  readonly note: string;
}

export class FlowShelf {
  /** Of the rules that there are, by `ruleKeyOf`. */
  private rules = new Map<string, ShelvedRule>();
  readonly tenants = new Map<string, ShelvedTenant>();
  notes: readonly ShelvedNote[] = [];
  /** Called with each note once it is on disk. */
  onNote: ((seq: bigint) => void) | undefined;
  /** Of all rules that there ever were, and of those that were not there from the beginning. */
  readonly rulesEver = new Set<string>();
  readonly laterRules = new Set<string>();
  /** The cases of the violations that were emitted, as they were then, by the id of the violation. */
  readonly foundIn = new Map<string, WatchedCase>();
  private seq = 0n;
  /** Spans that were let go of for want of room. */
  readonly evicted = new Set<Span>();

  /** Rules that are new, or others than before, begin with nothing. */
  setRules(rules: readonly RulePlan[], nowNs: bigint): void {
    const isFirst = this.rulesEver.size === 0;
    for (const key of rules.map(ruleKeyOf)) {
      if (!isFirst && !this.rules.has(key)) this.laterRules.add(key);
      this.rulesEver.add(key);
    }
    const stay = new Set(rules.map(ruleKeyOf));
    for (const { open, failed, undecided } of this.tenants.values())
      for (const ofRules of [open, failed, undecided])
        for (const key of ofRules.keys()) if (!stay.has(key)) ofRules.delete(key);
    this.rules = new Map(
      rules.map((rule) => [
        ruleKeyOf(rule),
        this.rules.get(ruleKeyOf(rule)) ?? { sinceNs: nowNs, traces: new Map(), flows: new Map() },
      ]),
    );
  }

  take(
    tenant: string,
    traces: readonly { readonly traceId: string; readonly spans: ReadonlySet<Span> }[],
  ): void {
    for (const rule of this.rules.values()) {
      const mine = rule.traces.get(tenant) ?? new Map<string, ReadonlySet<Span>>();
      rule.traces.set(tenant, mine);
      for (const { traceId, spans } of traces) mine.set(traceId, spans);
    }
    for (const { spans } of traces) for (const span of spans) this.evicted.delete(span);
    this.tenant(tenant).changed = true;
  }

  tenant(name: string): ShelvedTenant {
    const known = this.tenants.get(name) ?? {
      ...{ endNs: 0n, knownNs: 0n, settledNs: 0n, settlingNs: 0n, changed: false, judgedNs: 0n },
      ...{ counted: new CountedCases(), open: new Map(), failed: new Map(), undecided: new Map() },
    };
    this.tenants.set(name, known);
    return known;
  }

  addNote(note: string): void {
    this.notes = [...this.notes, { seq: ++this.seq, note }];
    this.onNote?.(this.seq);
  }

  has(rule: RulePlan): boolean {
    return this.rules.has(ruleKeyOf(rule));
  }

  /** When the rule came; undefined where it is not there. */
  sinceNs(rule: RulePlan): bigint | undefined {
    return this.rules.get(ruleKeyOf(rule))?.sinceNs;
  }

  /** From when on all spans of a tenant are there, as far as the rule is concerned. */
  knownNs(tenant: string, rule: RulePlan): bigint {
    const since = this.sinceNs(rule) ?? 0n;
    const { knownNs } = this.tenant(tenant);
    return since > knownNs ? since : knownNs;
  }

  tracesOf(tenant: string, rule: RulePlan): ReadonlyMap<string, ReadonlySet<Span>> {
    return this.rules.get(ruleKeyOf(rule))?.traces.get(tenant) ?? new Map();
  }

  flowsOf(tenant: string, rule: RulePlan): ReadonlySet<string> {
    return this.rules.get(ruleKeyOf(rule))?.flows.get(tenant) ?? new Set();
  }

  noteFlows(tenant: string, rule: RulePlan, flows: Iterable<string>): void {
    const ofRule = this.rules.get(ruleKeyOf(rule));
    ofRule?.flows.set(tenant, new Set([...(ofRule.flows.get(tenant) ?? []), ...flows]));
  }

  /** How many spans there are that some rule may look at. */
  get spans(): number {
    let total = 0;
    for (const spans of this.byTrace().values()) total += spans.size;
    return total;
  }

  /** The time that so many spans, of those that started first, all started before. */
  earliest(count: number): bigint {
    const starts = [...this.byTrace().values()].flatMap((spans) => [...spans].map(({ start }) => start));
    starts.sort((a, b) => (a < b ? -1 : 1));
    return starts[Math.min(count, starts.length) - 1]! + 1n;
  }

  /** Those who have spans that started before. */
  tenantsBefore(beforeNs: bigint): readonly string[] {
    const found = [...this.byTrace()].filter(([, spans]) => [...spans].some(({ start }) => start < beforeNs));
    return [...new Set(found.map(([key]) => key.split(' ')[0]!))];
  }

  /** Lets go of the spans of these tenants that started before, and returns the cases that are gone with them: they count as not seen. */
  evict(beforeNs: bigint, tenants: readonly string[]): readonly LostCases[] {
    for (const [key, spans] of this.byTrace())
      if (tenants.includes(key.split(' ')[0]!))
        for (const span of spans) if (span.start < beforeNs) this.evicted.add(span);
    const lost: LostCases[] = [];
    for (const tenant of tenants) {
      const shelved = this.tenant(tenant);
      if (beforeNs > shelved.knownNs) shelved.knownNs = beforeNs;
      shelved.changed = true;
      for (const [key, open] of shelved.open) {
        const gone = open.filter(({ goneNs }) => goneNs < beforeNs);
        for (const lostCase of gone) shelved.counted.add(key, lostCase, 'unseen');
        shelved.open.set(
          key,
          open.filter((known) => !gone.includes(known)),
        );
        if (gone.length > 0) lost.push({ tenant, rule: key.split(' ')[0]!, cases: gone.length });
      }
    }
    return lost;
  }

  private byTrace(): ReadonlyMap<string, ReadonlySet<Span>> {
    const all = new Map<string, Set<Span>>();
    for (const { traces } of this.rules.values())
      for (const [tenant, byId] of traces)
        for (const [traceId, spans] of byId) {
          const key = `${tenant} ${traceId}`;
          const known = all.get(key) ?? new Set<Span>();
          all.set(key, known);
          for (const span of spans) if (!this.evicted.has(span)) known.add(span);
        }
    return all;
  }
}

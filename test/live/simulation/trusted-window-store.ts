import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import type { KnownSince, SomeWindows, WindowStore } from '../../../engine/live/windows/window-store.js';
import type { WindowPlan, WindowRulePlan } from '../../../engine/plan/window-plan.js';
import type { JudgedWindowRule } from '../../../engine/verdicts/judged-rule.js';
import type { Judged } from './judged.js';
import { type EarlyAnswer, markKey, type WindowShelf } from './window-shelf.js';
import { judgedWindows } from './window-verdicts.js';

export interface WindowStorePorts {
  /** Resolves once a note is on disk, in the place of what an op would write. */
  readonly commit: () => Promise<void>;
  /** Called with each answer; returns what is known of it. */
  readonly onJudged: (tenant: string, judged: JudgedWindowRule, windows: SomeWindows) => EarlyAnswer;
}

/** Keeps the traces in the place of what rules count in them, and judges windows by the slow evaluator. */
export class TrustedWindowStore implements WindowStore {
  /** Answers of the rule that is being judged, by tenant and rule. */
  private readonly open = new Map<string, EarlyAnswer[]>();

  constructor(
    private readonly shelf: WindowShelf,
    private readonly judged: Judged,
    private readonly ports: WindowStorePorts,
  ) {}

  get tenants(): readonly string[] {
    return [...this.shelf.tenants];
  }

  async setRules({ rules }: WindowPlan, nowNs: bigint): Promise<void> {
    await this.ports.commit();
    this.shelf.setRules(rules, nowNs);
  }

  async take(tenant: string, traces: readonly TraceSnapshot[]): Promise<void> {
    const taken = traces.map((trace) => this.judged.traceOf(trace));
    await this.ports.commit();
    this.shelf.take(tenant, taken);
  }

  knownSince(rule: WindowRulePlan): KnownSince {
    const fromNs = this.shelf.sinceNs(rule);
    return fromNs === undefined ? { waits: 'it is not there' } : { fromNs };
  }

  judgedUntil(tenant: string, rule: WindowRulePlan): bigint | undefined {
    // Rules are judged anew from here on, each tick.
    this.open.set(markKey(tenant, rule), []);
    return this.shelf.marks.get(markKey(tenant, rule));
  }

  async judge(tenant: string, rule: WindowRulePlan, windows: SomeWindows): Promise<JudgedWindowRule> {
    const judged = judgedWindows(tenant, rule, this.shelf.tracesOf(tenant, rule), windows);
    this.open.get(markKey(tenant, rule))?.push(this.ports.onJudged(tenant, judged, windows));
    return judged;
  }

  async settle(
    tenant: string,
    judged: readonly (readonly [rule: WindowRulePlan, untilNs: bigint])[],
  ): Promise<void> {
    await this.ports.commit();
    for (const [rule, untilNs] of judged) {
      this.shelf.marks.set(markKey(tenant, rule), untilNs);
      for (const answer of this.open.get(markKey(tenant, rule)) ?? []) answer.isSettled = true;
    }
  }

  async tidy(): Promise<void> {
    await this.ports.commit();
  }
}

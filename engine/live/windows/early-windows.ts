/**
 * Rules over many traces, judged by the spans that come: what they count is taken out of closed traces, and a window is judged when it is
 * over by the clock of spans, and a delay has passed. The stored blocks, which `window-watch.ts` asks later, have the last word.
 */
import type { WindowPlan, WindowRulePlan } from '../../plan/window-plan.js';
import { messageOf } from '../../shared/message-of.js';
import { crowdedWindows, type JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { ClosingJob } from '../closing.js';
import type { LiveCounters, RuleCounts } from '../counters.js';
import type { EarlyWatch } from '../early-watch.js';
import { snapshotOf } from '../judge/snapshot.js';
import type { LivePorts } from '../live-ports.js';
import { inRecords } from '../outbox/in-records.js';
import type { Outbox } from '../outbox/outbox.js';
import { groupThatTakes, type RuleSet } from '../rules/rule-set.js';
import type { LiveSettings } from '../settings.js';
import { Attempts } from '../stored/attempts.js';
import { beginMsOf, takenUntilOf } from '../taken-until.js';
import { traceKey } from '../traces/open-trace.js';
import type { TraceTable } from '../traces/trace-table.js';
import { windowEntries } from '../violation/window-entry.js';
import { timeText } from './next-windows.js';
import type { SomeWindows, WindowStore } from './window-store.js';

export interface EarlyWindowsParts {
  readonly ports: LivePorts;
  readonly settings: LiveSettings;
  readonly counters: LiveCounters;
  readonly outbox: Pick<Outbox, 'entriesOf' | 'record'>;
  readonly table: Pick<TraceTable, 'values' | 'get'>;
  readonly early: Pick<EarlyWatch, 'watermark' | 'latest'>;
}

const NS_PER_MS = 1_000_000n;
/** How often what is counted is put together, as that looks at much of it. */
const TIDY_MS = 10_000;

const NO_WINDOW_RULES: WindowPlan = {
  version: 1,
  predicates: [],
  selections: [],
  rules: [],
  needs: { spans: [], spanAttributes: [] },
};

export class EarlyWindows {
  private store: WindowStore | undefined;
  /** Those that the store counts by: others are wanted while it is at work. */
  private rules: RuleSet | undefined;
  /** Rules that the store does not have yet. */
  private wanted: { readonly rules: RuleSet; readonly sinceNs: bigint } | undefined;
  private tidiedAt = Number.NEGATIVE_INFINITY;
  private readonly attempts = new Attempts();
  /** What was last said of a rule, by tenant and rule. */
  private readonly reported = new Map<string, string>();

  constructor(private readonly parts: EarlyWindowsParts) {}

  /** Opens what processes before have counted. Rejects where that cannot be read. */
  async open(): Promise<void> {
    this.store = await this.parts.ports.windows?.();
  }

  setRules(rules: RuleSet): void {
    this.wanted = { rules, sinceNs: this.beginNs() };
    if (rules.windows !== undefined) this.parts.counters.expectRules(rules.windows.rules, 'window');
  }

  /** Returns whether what rules count survives a crash now; it is to be tried again otherwise. */
  async take(tenant: string, jobs: readonly ClosingJob[]): Promise<boolean> {
    const { store } = this;
    if (store === undefined) return true;
    try {
      await this.applyRules(store);
      await store.take(
        tenant,
        jobs.map(({ trace }) => snapshotOf(trace)),
        this.beginNs(),
      );
      return true;
    } catch (error) {
      this.parts.ports.onProblem(
        `${jobs.length} traces could not be counted for windows yet: ${messageOf(error)}`,
      );
      return false;
    }
  }

  /** Judges the windows that are due. Never rejects: what could not be judged is tried again, until stored blocks are asked. */
  async tick(): Promise<void> {
    const { store } = this;
    const { ports, settings, table, early } = this.parts;
    if (store === undefined) return;
    try {
      await this.applyRules(store);
      const group = this.rules && groupThatTakes(this.rules, 'windows');
      if (group === undefined) return;
      const takenUntil = takenUntilOf(table, early, settings, group);
      for (const tenant of store.tenants) await this.judge(store, tenant, takenUntil(tenant));
      if (ports.now() - this.tidiedAt < TIDY_MS) return;
      this.tidiedAt = ports.now();
      await store.tidy(
        ({ tenant, traceId }) => table.get(traceKey(tenant, traceId)) !== undefined,
        this.storedNs(),
        this.beginNs(),
      );
    } catch (error) {
      ports.onProblem(`windows could not be judged by the spans that came: ${messageOf(error)}`);
    }
  }

  private async applyRules(store: WindowStore): Promise<void> {
    const { wanted } = this;
    if (wanted === undefined) return;
    await store.setRules(wanted.rules.windows ?? NO_WINDOW_RULES, wanted.sinceNs);
    this.rules = wanted.rules;
    this.attempts.clear();
    for (const counts of this.parts.counters.rules.values()) delete counts.early;
    if (this.wanted === wanted) this.wanted = undefined;
  }

  private async judge(store: WindowStore, tenant: string, takenUntilMs: number): Promise<void> {
    const settledNs = BigInt(Math.floor(takenUntilMs - this.parts.settings.overEarlyMs)) * NS_PER_MS;
    const judged: (readonly [rule: WindowRulePlan, untilNs: bigint])[] = [];
    for (const rule of this.rules?.windows?.rules ?? []) {
      const untilNs = await this.judgeRule(store, tenant, rule, settledNs);
      if (untilNs !== undefined) judged.push([rule, untilNs]);
    }
    if (judged.length > 0) await store.settle(tenant, judged);
  }

  /** Returns up to where windows are judged now; undefined where that is no further than before. */
  private async judgeRule(
    store: WindowStore,
    tenant: string,
    rule: WindowRulePlan,
    settledNs: bigint,
  ): Promise<bigint | undefined> {
    const [window, every] = [BigInt(rule.window), BigInt(rule.every)];
    const counts = this.countsOf(tenant, rule);
    const before = store.judgedUntil(tenant, rule);
    const known = store.knownSince(rule);
    if ('waits' in known) {
      this.wait(tenant, rule, known.waits, before);
      return undefined;
    }
    const key = keyOf(tenant, rule);
    const nowMs = this.parts.ports.now();
    if (!this.attempts.allows(key, nowMs)) return undefined;
    // What starts before is not known, and what ended before stored blocks are asked about.
    const firstEnd = upTo(known.fromNs, every) + window;
    const stored = (this.storedNs() / every) * every;
    const end = settledNs < 0n ? 0n : (settledNs / every) * every;
    let until = [before ?? 0n, firstEnd - every, stored].reduce((a, b) => (a > b ? a : b));
    const begun = until;
    while (until < end) {
      const toNs = until + window < end ? until + window : end;
      const windows: SomeWindows = { fromNs: until + every - window, toNs };
      const result = await store.judge(tenant, rule, windows);
      if (result.problem !== undefined) {
        this.parts.counters.cost(rule.id).failures++;
        this.attempts.fail(key, nowMs);
        this.wait(tenant, rule, result.problem.message, until);
        break;
      }
      this.attempts.succeed(key);
      await this.record(tenant, result);
      until = toNs;
      const crowded = crowdedWindows(result);
      if (crowded > 0)
        this.wait(tenant, rule, `${crowded} windows up to ${timeText(toNs)} had too many series`, until);
      else {
        counts.early = { untilNs: until };
        this.reported.delete(key);
      }
    }
    if (counts.early === undefined) counts.early = before === undefined ? {} : { untilNs: before };
    return until > begun ? until : undefined;
  }

  private async record(tenant: string, { rule, violations }: JudgedWindowRule): Promise<void> {
    const { outbox, ports } = this.parts;
    const { entries, outgoing } = windowEntries(tenant, rule, violations, { basis: 'early' });
    const fresh = violations
      .map((violation, n) => ({ violation, entry: entries[n]!, span: outgoing[n]! }))
      .filter(({ entry }) => outbox.entriesOf(entry.trace).size === 0);
    for (const some of inRecords(fresh)) {
      await outbox.record(
        some.map(({ entry }) => entry),
        some.map(({ span }) => span),
      );
      this.countsOf(tenant, rule).violations += some.length;
      for (const { violation } of some) ports.onWindowViolation?.(tenant, rule, violation);
    }
  }

  /** Says, once for as long as it stays the same, why windows of a rule wait for stored blocks. */
  private wait(tenant: string, rule: WindowRulePlan, waits: string, untilNs: bigint | undefined): void {
    this.countsOf(tenant, rule).early = { ...(untilNs === undefined ? {} : { untilNs }), waits };
    const key = keyOf(tenant, rule);
    if (this.reported.get(key) === waits) return;
    this.reported.set(key, waits);
    this.parts.ports.onProblem(
      `${rule.id}, tenant ${tenant}: cannot tell early, its windows wait for stored blocks: ${waits}`,
    );
  }

  /** What ended by then is judged by stored blocks. */
  private storedNs(): bigint {
    const { ports, settings } = this.parts;
    return BigInt(Math.floor((ports.wall ?? ports.now)() - settings.overDelayMs)) * NS_PER_MS;
  }

  private beginNs(): bigint {
    return BigInt(Math.floor(beginMsOf(this.parts))) * NS_PER_MS;
  }

  private countsOf(tenant: string, { id, settings }: WindowRulePlan): RuleCounts {
    return this.parts.counters.of(tenant, id, settings.severity);
  }
}

function keyOf(tenant: string, { id }: WindowRulePlan): string {
  return `${tenant} ${id}`;
}

/** The least multiple of the step that is not earlier. */
function upTo(timeNs: bigint, step: bigint): bigint {
  return ((timeNs + step - 1n) / step) * step;
}

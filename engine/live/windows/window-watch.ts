/**
 * Rules over many traces, judged as time goes by: a window when it has been over for long enough that its spans lie in blocks.
 * What is found is what a replay of the window finds, with the same ids.
 */
import type { ResolvedOverRule } from '../../language/workspace.js';
import { planOverRules } from '../../plan/lower-over.js';
import type { OverRulePlan } from '../../plan/over-plan.js';
import type { OverOptions } from '../../replay/over/replay-over.js';
import type { OverRuleResult, OverViolation } from '../../replay/over/result.js';
import type { LiveCounters } from '../counters.js';
import type { Outbox } from '../outbox/outbox.js';
import { isWindowKey, overEntries } from '../violation/over-entry.js';
import type { JudgedUntil } from './judged-until.js';

export interface WindowPorts {
  /** Milliseconds since the Unix epoch. */
  readonly wall: () => number;
  readonly tenants: () => readonly string[];
  /** `replayOver` over the blocks of a tenant. */
  readonly judge: (tenant: string, question: WindowQuestion) => Promise<readonly OverRuleResult[]>;
  readonly outbox: Pick<Outbox, 'record' | 'entriesOf' | 'traces' | 'forget'>;
  readonly counters: LiveCounters;
  readonly judged: JudgedUntil;
  /** Told of each violation once it is in the outbox. */
  readonly onViolation: (tenant: string, rule: OverRulePlan, violation: OverViolation) => void;
  readonly onProblem: (message: string) => void;
}

export type WindowQuestion = Pick<OverOptions, 'rules' | 'range' | 'judgedFromNs' | 'bucketNs' | 'limit'>;

export interface WindowSettings {
  /** Milliseconds from the end of a window until its spans lie in blocks. */
  readonly delayMs: number;
  /** Violations of one rule in the windows that are judged at once. */
  readonly mostViolations: number;
}

/** A series counts as one that has no spans, instead of as none, where it had some in as many windows before. */
const WINDOWS_BEFORE = 12n;
/** Windows that are judged at once, after a time in which nothing was. */
const MOST_WINDOWS = 100n;
/** Windows that ended longer ago, or all but the last of a longer one, are left to replay. */
const CATCH_UP_NS = 86_400_000_000_000n;
/** A rule that fails so many times in a row is judged no more, until it changes. */
const MOST_FAILURES = 3;

interface WatchedRule {
  readonly resolved: ResolvedOverRule;
  readonly plan: OverRulePlan;
  failures: number;
}

/** Windows of one width that are due, and the rules that are to be judged in them. */
interface Due {
  readonly rules: WatchedRule[];
  readonly width: bigint;
  /** Start of the first and end of the last, in nanoseconds since the Unix epoch. */
  readonly from: bigint;
  readonly to: bigint;
}

export class WindowWatch {
  private rules: readonly WatchedRule[] = [];
  /** Whether the outbox may remember windows that are not going to be judged again. */
  private remembers = true;
  /** What was last told of each tenant. */
  private readonly told = new Map<string, string>();

  constructor(
    private readonly ports: WindowPorts,
    private readonly settings: WindowSettings,
  ) {}

  setRules(rules: readonly ResolvedOverRule[]): void {
    const enabled = rules.filter(({ settings }) => settings.enabled);
    const known = new Map(this.rules.map((one) => [`${one.plan.id} ${one.plan.revision}`, one]));
    this.rules = enabled.map((resolved) => {
      const plan = planOverRules([resolved]).rules[0]!;
      const failures = known.get(`${plan.id} ${plan.revision}`)?.failures ?? 0;
      if (failures < MOST_FAILURES) delete this.ports.counters.cost(plan.id).stopped;
      return { resolved, plan, failures };
    });
    this.ports.counters.expectRules(
      this.rules.map(({ plan }) => plan),
      'window',
    );
  }

  /** Judges all windows that are due. Never rejects: what could not be judged is due again the next time. */
  async tick(signal?: AbortSignal): Promise<void> {
    let done = true;
    for (const tenant of this.ports.tenants()) {
      this.ports.counters.expectTenant(tenant);
      try {
        await this.judgeDue(tenant, signal);
        this.told.delete(tenant);
      } catch (error) {
        if (signal?.aborted) return;
        this.tell(tenant, `windows of rules, tenant ${tenant}: ${messageOf(error)}`);
        done = false;
      }
    }
    if (done && this.remembers) await this.forget();
  }

  /** What was recorded is not due again, which is on disk: after a crash before that the outbox had to know it. */
  private async forget(): Promise<void> {
    const { outbox, judged } = this.ports;
    try {
      await judged.save();
      await outbox.forget(outbox.traces().filter(isWindowKey));
      this.remembers = false;
    } catch (error) {
      this.tell('', `until when windows were judged could not be kept: ${messageOf(error)}`);
    }
  }

  private async judgeDue(tenant: string, signal: AbortSignal | undefined): Promise<void> {
    const failed = new Set<WatchedRule>();
    for (;;) {
      const due = this.due(tenant, (rule) => !failed.has(rule));
      if (due.length === 0) return;
      for (const one of due) {
        signal?.throwIfAborted();
        for (const rule of await this.judge(tenant, one)) failed.add(rule);
      }
    }
  }

  private due(tenant: string, wanted: (rule: WatchedRule) => boolean): readonly Due[] {
    const settled = BigInt(Math.floor(this.ports.wall() - this.settings.delayMs)) * 1_000_000n;
    const due = new Map<string, Due>();
    for (const rule of this.rules) {
      if (rule.failures >= MOST_FAILURES || !wanted(rule)) continue;
      const { id, revision, window } = rule.plan;
      const width = BigInt(window);
      const end = (settled / width) * width;
      const until = this.ports.judged.of(tenant, id, revision) ?? end - width;
      if (until >= end) continue;
      const oldest = end - (CATCH_UP_NS > width ? (CATCH_UP_NS / width) * width : width);
      const from = until > oldest ? until : oldest;
      if (from > until)
        this.tell(tenant, `windows of ${id} before ${timeText(from)} were not judged: replay them`);
      const to = end - from > MOST_WINDOWS * width ? from + MOST_WINDOWS * width : end;
      const key = `${from} ${to} ${width}`;
      const group = due.get(key);
      if (group === undefined) due.set(key, { rules: [rule], width, from, to });
      else group.rules.push(rule);
    }
    return [...due.values()];
  }

  /** Returns the rules that could not be judged. */
  private async judge(tenant: string, { rules, width, from, to }: Due): Promise<readonly WatchedRule[]> {
    const { counters, judged } = this.ports;
    const started = performance.now();
    const results = await this.ports.judge(tenant, {
      rules: rules.map(({ resolved }) => resolved),
      // A window holds its end: the traces that start right then belong to the range as well.
      range: { fromNs: from - WINDOWS_BEFORE * width, toNs: to + 1n },
      judgedFromNs: from,
      bucketNs: width,
      limit: this.settings.mostViolations,
    });
    const ms = (performance.now() - started) / rules.length;
    const sound: OverRulePlan[] = [];
    const failed: WatchedRule[] = [];
    for (const [n, result] of results.entries()) {
      const rule = rules[n]!;
      const cost = counters.cost(rule.plan.id);
      cost.ms += ms;
      cost.batches++;
      if (result.problem !== undefined) {
        this.failed(rule, result.problem.message);
        failed.push(rule);
        continue;
      }
      rule.failures = 0;
      await this.record(tenant, result);
      sound.push(rule.plan);
    }
    judged.prune((id, revision) => this.watches(id, revision), to - CATCH_UP_NS);
    judged.advance(tenant, sound, to);
    await judged.save();
    return failed;
  }

  private watches(id: string, revision: string): boolean {
    return this.rules.some(({ plan }) => plan.id === id && plan.revision === revision);
  }

  private async record(tenant: string, result: OverRuleResult): Promise<void> {
    const { rule, violations, violated, passed } = result;
    const { outbox, counters, onProblem, onViolation } = this.ports;
    if (violated > violations.length)
      onProblem(`only the first ${violations.length} of ${violated} violations of ${rule.id} are sent`);
    const { entries, outgoing } = overEntries(tenant, rule, violations);
    if (entries.length > 0) this.remembers = true;
    const isNew = entries.map(({ trace }) => outbox.entriesOf(trace).size === 0);
    await outbox.record(
      entries.filter((_, n) => isNew[n]),
      outgoing.filter((_, n) => isNew[n]),
    );
    const counts = counters.of(tenant, rule.id, rule.settings.severity);
    counts.passed += passed;
    counts.violations += violated - isNew.filter((one) => !one).length;
    for (const [n, violation] of violations.entries()) if (isNew[n]) onViolation(tenant, rule, violation);
  }

  private failed(rule: WatchedRule, message: string): void {
    const cost = this.ports.counters.cost(rule.plan.id);
    cost.failures++;
    rule.failures++;
    if (rule.failures >= MOST_FAILURES) cost.stopped = message;
    this.ports.onProblem(
      `${rule.plan.id}: ${message}${rule.failures >= MOST_FAILURES ? '; it is judged no more until it changes' : ''}`,
    );
  }

  /** Once for as long as it stays the same. */
  private tell(tenant: string, problem: string): void {
    if (problem !== this.told.get(tenant)) this.ports.onProblem(problem);
    this.told.set(tenant, problem);
  }
}

function timeText(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

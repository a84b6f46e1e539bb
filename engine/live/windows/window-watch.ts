/**
 * Rules over many traces, judged as time goes by: a window when it has been over for long enough that its spans lie in blocks.
 * What is found has the ids that replay gives it.
 */

import type { ResolvedRule } from '../../language/link/resolved.js';
import { planWindowRules } from '../../plan/lower/lower-windows.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import type { WindowShape } from '../../replay/over/windows.js';
import { ofKind } from '../../shared/of-kind.js';
import { crowdedWindows, type JudgedWindowRule } from '../../verdicts/judged-rule.js';
import { noteOwner } from '../counters.js';
import { addToDay, dayAt } from '../day-facts.js';
import { recordInParts } from '../outbox/in-records.js';
import type { Reported, TimeRange } from '../ownership/pieces.js';
import type { OwnRange } from '../ownership/rule-ownership.js';
import { retraction } from '../reconcile.js';
import { JudgedEntries } from '../stored/judged-entries.js';
import { KEPT_NS } from '../stored/judged-until.js';
import type { Recheck } from '../stored/recheck.js';
import { Trouble } from '../stored/trouble.js';
import { isWindowKey, windowEntries } from '../violation/window-entry.js';
import { judgedWindows, nextWindows, timeText } from './next-windows.js';
import type { WatchedWindowRule, WindowPorts, WindowSettings } from './window-ports.js';
import { decidedBy, recheckOfWindows, reportedOf } from './window-recheck.js';
import { WINDOWS_BEFORE } from './window-store.js';

/** Windows that are due, of one length and step, and the rules that are to be judged in them. */
interface Due extends WindowShape {
  readonly rules: WatchedWindowRule[];
  /** By which they are due here. */
  readonly own: OwnRange[];
  /** Start of the first, end of the last. */
  readonly from: bigint;
  readonly to: bigint;
}

export class WindowWatch {
  private rules: readonly WatchedWindowRule[] = [];
  private readonly trouble: Trouble;
  private readonly entries: JudgedEntries;
  private readonly recheck: Recheck<WatchedWindowRule> | undefined;

  constructor(
    private readonly ports: WindowPorts,
    private readonly settings: WindowSettings,
  ) {
    const what = 'windows of rules';
    this.trouble = new Trouble(ports, what);
    const onProblem = (problem: string): void => this.trouble.tell('keep', problem);
    this.entries = new JudgedEntries({ ...ports, isOurs: isWindowKey, onProblem });
    const { again } = ports;
    this.recheck =
      again && recheckOfWindows({ ...ports, ...again, entries: this.entries }, { ...settings, what });
  }

  /** Rules that were stopped are tried again. */
  setRules(rules: readonly ResolvedRule[]): void {
    const { counters } = this.ports;
    this.rules = ofKind(rules, 'window')
      .filter(({ settings }) => settings.enabled)
      .map((resolved) => ({ resolved, plan: planWindowRules([resolved]).rules[0]! }));
    const plans = this.rules.map(({ plan }) => plan);
    this.trouble.restart(plans);
    counters.expectRules(plans, 'window');
  }

  /** Judges all windows that are due, in turn of the tenants. Never rejects: what could not be judged is due again some time later. */
  async tick(signal?: AbortSignal): Promise<void> {
    const settled = BigInt(Math.floor(this.ports.wall() - this.settings.delayMs)) * 1_000_000n;
    for (let asked = true; asked; ) {
      asked = false;
      for (const tenant of this.ports.tenants())
        for (const due of this.due(tenant, settled)) {
          if (signal?.aborted) return;
          asked = true;
          await this.attempt(tenant, due);
          if (signal?.aborted) return;
        }
    }
    for (const tenant of this.ports.tenants()) await this.recheck?.tick(tenant, this.rules, signal);
    await this.entries.keep(settled);
  }

  private due(tenant: string, settled: bigint): readonly Due[] {
    const { judged, ownership, counters } = this.ports;
    counters.expectTenant(tenant);
    const due = new Map<string, Due>();
    for (const rule of this.rules) {
      const { id, revision } = rule.plan;
      const shape = { window: BigInt(rule.plan.window), every: BigInt(rule.plan.every) };
      if (!this.trouble.allows(tenant, rule.plan)) continue;
      const until = judged.of(tenant, id, revision);
      const own = ownership === undefined ? { until } : ownership.rangeOf(tenant, { id, revision }, until);
      noteOwner(counters.of(tenant, id, rule.plan.settings.severity), own !== undefined);
      if (own === undefined) continue;
      const { before = settled } = own;
      const judgedUntil = judgedWindows(shape, BigInt(this.settings.delayMs) * 1_000_000n, own);
      const next = nextWindows(shape, before < settled ? before : settled, judgedUntil);
      if (next === undefined) continue;
      if (next.notice !== undefined) this.trouble.tellOf(tenant, rule.plan, 'notice', next.notice);
      const window = `${shape.window} ${shape.every} ${next.from} ${next.to}`;
      const known = due.get(window);
      if (known === undefined) due.set(window, { rules: [rule], own: [own], ...shape, ...next });
      else {
        known.rules.push(rule);
        known.own.push(own);
      }
    }
    return [...due.values()];
  }

  private async attempt(tenant: string, due: Due): Promise<void> {
    try {
      await this.judge(tenant, due);
    } catch (error) {
      this.trouble.failedAll(tenant, plansOf(due), error);
    }
  }

  private async judge(tenant: string, due: Due): Promise<void> {
    const { rules, window, every, from, to } = due;
    const { counters, judged } = this.ports;
    const windows = Number((to - from - window) / every) + 1;
    const ends = from + window - every;
    const fresh = rules.filter((_, n) => due.own[n]!.until === undefined);
    await judged.begin(
      tenant,
      fresh.map(({ plan }) => ({ rule: plan, from: ends })),
    );
    const started = performance.now();
    const { results, unread } = await this.ports.judge(tenant, {
      rules: rules.map(({ resolved }) => resolved),
      range: { fromNs: from - BigInt(WINDOWS_BEFORE) * window, toNs: to },
      judgedFromNs: from,
      rememberedWindows: WINDOWS_BEFORE,
      bucketNs: window,
      limit: this.settings.mostViolations * windows,
    });
    const missesSome = this.trouble.lacks(tenant, plansOf(due), unread);
    const ms = (performance.now() - started) / rules.length;
    const found = results.map(({ violations, violated }, n) => ({
      ...{ rule: rules[n]!.plan, reported: violations.map(reportedOf), violated },
    }));
    const kept = this.recheck?.keeps(tenant, found) ?? [];
    if (!(await this.claim(tenant, due, results, kept))) {
      this.trouble.notOurs(tenant, plansOf(due));
      return;
    }
    this.trouble.ours(tenant);
    for (const [n, result] of results.entries()) {
      const rule = rules[n]!;
      const cost = counters.cost(rule.plan.id);
      cost.ms += ms;
      cost.batches++;
      if (result.problem !== undefined) {
        this.trouble.failed(tenant, rule.plan, result.problem.message);
        continue;
      }
      const crowded = crowdedWindows(result);
      if (crowded > 0) {
        const [windowsText, were] = crowded === 1 ? ['a window', 'was'] : [`${crowded} windows`, 'were'];
        cost.failures++;
        const text = `${windowsText} up to ${timeText(to)} had too many series and ${were} not judged`;
        this.trouble.tellOf(tenant, rule.plan, 'series', text);
      }
      await this.record(tenant, result);
      // What is not there says nothing of what was found early.
      if (!missesSome) await this.retract(tenant, result, { from: ends, until: to });
      const known = { kept: kept[n], count: result.violated };
      this.recheck?.reported(tenant, rule.plan, { from: ends, until: to }, known);
      this.entries.changed();
      judged.advance(tenant, rule.plan, to);
      this.trouble.judged(tenant, rule.plan);
      counters.of(tenant, rule.plan.id, rule.plan.settings.severity).storedUntilNs = to;
    }
    judged.prune(to - KEPT_NS);
    await judged.save();
    for (const { plan } of rules)
      if ((judged.of(tenant, plan.id, plan.revision) ?? 0n) >= to)
        this.ports.ownership?.settled(tenant, plan, to);
    this.trouble.over(tenant);
  }

  /** Whether what was found in these windows is to be reported here: of several replicas, one may. */
  private async claim(
    tenant: string,
    due: Due,
    results: readonly JudgedWindowRule[],
    kept: readonly (readonly Reported[] | undefined)[],
  ): Promise<boolean> {
    const { rules, own, window, every, from, to } = due;
    const claimed = rules.flatMap(({ plan }, n) =>
      results[n]?.problem === undefined
        ? [{ rule: plan, own: own[n]!, from: from + window - every, until: to, reported: kept[n] }]
        : [],
    );
    return (await this.ports.ownership?.claim(tenant, claimed)) ?? true;
  }

  private async record(tenant: string, result: JudgedWindowRule): Promise<void> {
    const { rule, violations, violated, passed, vacuous, buckets, facts } = result;
    const { outbox, counters, onViolation } = this.ports;
    if (violated > violations.length)
      this.trouble.tellOf(
        tenant,
        rule,
        'limit',
        `only the first ${violations.length} of ${violated} violations of its windows are sent`,
      );
    const { entries, outgoing } = windowEntries(tenant, rule, violations, { basis: 'stored' });
    const isNew = entries.map(({ trace }) => outbox.entriesOf(trace).size === 0);
    await outbox.record(
      entries.filter((_, n) => isNew[n]),
      outgoing.filter((_, n) => isNew[n]),
    );
    const counts = counters.of(tenant, rule.id, rule.settings.severity);
    counts.passed += passed + vacuous;
    addToDay(counts, rule, buckets, new Map(buckets.map(({ start }) => [dayAt(start), facts])));
    counts.leftOut += violated - violations.length;
    counts.violations += violated - isNew.filter((fresh) => !fresh).length;
    for (const [n, violation] of violations.entries()) if (isNew[n]) onViolation(tenant, rule, violation);
  }

  /** What was found in these windows before, and is none by the stored blocks, is retracted. */
  private async retract(tenant: string, result: JudgedWindowRule, ends: TimeRange): Promise<void> {
    const { rule, violations } = result;
    const { outbox, counters, onRetraction } = this.ports;
    const found = new Set(violations.map(({ id }) => id));
    const isDecided = decidedBy(result);
    const missed = this.entries
      .of(tenant, { rule: rule.id, revision: rule.revision }, ends)
      .filter(({ id, sees }) => !found.has(id) && sees !== undefined && isDecided(sees));
    const changes = missed.map(retraction).filter((change) => change !== undefined);
    await recordInParts(outbox, changes, (some) => {
      counters.of(tenant, rule.id, rule.settings.severity).retracted += some.length;
      for (const { entry } of some) onRetraction(tenant, rule, entry);
    });
  }
}

function plansOf({ rules }: Pick<Due, 'rules'>): readonly WindowRulePlan[] {
  return rules.map(({ plan }) => plan);
}

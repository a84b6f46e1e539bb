/**
 * Rules across traces where each of several replicas has a part of the spans: judged as time goes by over stored blocks, which have all of them.
 * A case is judged once blocks decide it and all cases before it. What is found has the ids that replay gives it.
 */

import type { ResolvedRule } from '../../language/link/resolved.js';
import { planFlowRules } from '../../plan/lower/lower.js';
import type { RulePlan } from '../../plan/plan.js';
import type { DecidedCases } from '../../replay/flows/decided-flows.js';
import { ofKind } from '../../shared/of-kind.js';
import { noteOwner, type RuleCounts } from '../counters.js';
import { addToDay, dayAt } from '../day-facts.js';
import { addDoubt } from '../doubt.js';
import { isFlowPlace } from '../flows/place.js';
import type { OutboxEntry } from '../outbox/entry.js';
import { recordInParts } from '../outbox/in-records.js';
import type { OwnRange } from '../ownership/rule-ownership.js';
import { retraction } from '../reconcile.js';
import type { StoredFlowPorts, StoredFlowSettings, WatchedFlowRule } from './flow-ports.js';
import { emissionOf, recheckOfFlows, reportedOf } from './flow-recheck.js';
import { JudgedEntries } from './judged-entries.js';
import { KEPT_NS } from './judged-until.js';
import { type CaseTimes, type NextCases, nextCases } from './next-cases.js';
import type { Recheck } from './recheck.js';
import { Trouble } from './trouble.js';

interface DueRule extends WatchedFlowRule {
  readonly own: OwnRange;
  readonly cases: NextCases;
}

const HOUR_NS = 3_600_000_000_000n;

export class StoredFlows {
  private rules: readonly WatchedFlowRule[] = [];
  private readonly trouble: Trouble;
  private readonly entries: JudgedEntries;
  private readonly recheck: Recheck<WatchedFlowRule> | undefined;
  /** Up to where the blocks were asked last, by tenant and rule. */
  private readonly asked = new Map<string, bigint>();

  constructor(
    private readonly ports: StoredFlowPorts,
    private readonly settings: StoredFlowSettings,
  ) {
    const what = 'rules across traces';
    this.trouble = new Trouble(ports, what);
    const onProblem = (problem: string): void => this.trouble.tell('keep', problem);
    this.entries = new JudgedEntries({ ...ports, isOurs: isFlowPlace, onProblem });
    const { again } = ports;
    this.recheck =
      again &&
      recheckOfFlows({ ...ports, ...again, entries: this.entries }, { ...settings, what }, (plan) =>
        this.timesOf(plan),
      );
  }

  /** Rules that were stopped are tried again. */
  setRules(rules: readonly ResolvedRule[]): void {
    const { counters } = this.ports;
    this.rules = ofKind(rules, 'flow')
      .filter(({ settings }) => settings.enabled)
      .map((resolved) => ({ resolved, plan: planFlowRules([resolved]).rules[0]! }));
    const plans = this.rules.map(({ plan }) => plan);
    this.trouble.restart(plans);
    this.asked.clear();
    counters.expectRules(plans, 'flow');
  }

  /** Judges all that is due, in turn of the tenants. Never rejects: what could not be judged is due again some time later. */
  async tick(signal?: AbortSignal): Promise<void> {
    for (let asked = true; asked; ) {
      asked = false;
      for (const tenant of this.ports.tenants())
        for (const rules of this.due(tenant)) {
          if (signal?.aborted) return;
          asked = true;
          try {
            await this.judge(tenant, rules);
          } catch (error) {
            this.trouble.failedAll(tenant, plansOf(rules), error);
          }
          if (signal?.aborted) return;
        }
    }
    for (const tenant of this.ports.tenants()) await this.recheck?.tick(tenant, this.rules, signal);
    await this.entries.keep(this.nowNs - BigInt(this.settings.delayMs) * 1_000_000n);
  }

  private get nowNs(): bigint {
    return BigInt(Math.floor(this.ports.wall())) * 1_000_000n;
  }

  /** Rules that are judged at once by all spans before some time. */
  private due(tenant: string): readonly (readonly DueRule[])[] {
    const { judged, ownership, counters } = this.ports;
    counters.expectTenant(tenant);
    const due = new Map<bigint, DueRule[]>();
    for (const { resolved, plan } of this.rules) {
      if (!this.trouble.allows(tenant, plan)) continue;
      const own = ownership.rangeOf(tenant, plan, judged.of(tenant, plan.id, plan.revision));
      const counts = this.countsOf(tenant, plan);
      noteOwner(counts, own !== undefined);
      if (own === undefined) {
        counts.undecided = 0;
        continue;
      }
      const cases = nextCases(this.timesOf(plan), this.nowNs, own);
      if (cases === undefined) continue;
      if (this.asked.get(keyOf(tenant, plan)) === cases.by) continue;
      if (cases.notice !== undefined) this.trouble.tellOf(tenant, plan, 'notice', cases.notice);
      const rule = { resolved, plan, own, cases };
      const known = due.get(cases.by);
      if (known === undefined) due.set(cases.by, [rule]);
      else known.push(rule);
    }
    return [...due.values()];
  }

  private timesOf({ flow }: RulePlan): CaseTimes {
    const { delayMs, graceMs } = this.settings;
    return {
      withinNs: BigInt(flow?.within ?? 0),
      delayNs: BigInt(delayMs) * 1_000_000n,
      graceNs: BigInt(graceMs) * 1_000_000n,
    };
  }

  private async judge(tenant: string, rules: readonly DueRule[]): Promise<void> {
    const { counters, judged, ownership } = this.ports;
    const { graceMs, mostViolations } = this.settings;
    const endNs = rules[0]!.cases.by;
    const fresh = rules.filter(({ own }) => own.until === undefined);
    await judged.begin(
      tenant,
      fresh.map(({ plan, cases: { from } }) => ({ rule: plan, from })),
    );
    const started = performance.now();
    const { results, unread } = await this.ports.judge(tenant, {
      rules: rules.map(({ resolved, cases: { from, to } }) => ({ rule: resolved, fromNs: from, toNs: to })),
      endNs,
      graceNs: BigInt(graceMs) * 1_000_000n,
      bucketNs: HOUR_NS,
      limit: mostViolations,
    });
    const missesSome = this.trouble.lacks(tenant, plansOf(rules), unread);
    const ms = (performance.now() - started) / rules.length;
    // Nothing is claimed where nothing new is decided, but for where the rule begins, so that whoever is the owner next begins there.
    const kept =
      this.recheck?.keeps(
        tenant,
        rules.map(({ plan }, n) => {
          const { violations, violated } = results[n]!.result;
          return { rule: plan, reported: violations.map(reportedOf), violated };
        }),
      ) ?? [];
    const found = rules.flatMap((rule, n) => {
      const decided = results[n]!;
      const isNew = decided.toNs > rule.cases.from || rule.own.isUnclaimed === true;
      return decided.result.problem === undefined ? [{ rule, decided, isNew, kept: kept[n] }] : [];
    });
    const claimed = found
      .filter(({ isNew }) => isNew)
      .map(({ rule: { plan, own, cases }, decided, kept }) => ({
        ...{ rule: plan, own, from: cases.from, until: decided.toNs, reported: kept },
      }));
    if (claimed.length > 0 && !(await ownership.claim(tenant, claimed))) {
      this.trouble.notOurs(tenant, plansOf(rules));
      return;
    }
    this.trouble.ours(tenant);
    for (const [n, { plan }] of rules.entries()) {
      const cost = counters.cost(plan.id);
      cost.ms += ms;
      cost.batches++;
      const { problem } = results[n]!.result;
      if (problem !== undefined) this.trouble.failed(tenant, plan, problem.message);
    }
    for (const { rule, decided, isNew, kept } of found) {
      const { plan } = rule;
      if (isNew) {
        const range = { from: rule.cases.from, until: decided.toNs };
        const known = this.entries.of(tenant, { rule: plan.id, revision: plan.revision }, range);
        await this.record(tenant, decided, known);
        // Found by a process that was killed before it could keep that, and undone since then.
        if (!missesSome) await this.retract(tenant, decided, known);
        this.recheck?.reported(tenant, plan, range, { kept, count: decided.result.violated });
        judged.advance(tenant, plan, decided.toNs);
        this.entries.changed();
      }
      const counts = this.countsOf(tenant, plan);
      counts.undecided = decided.open;
      counts.storedUntilNs = decided.toNs;
      if (!decided.more || !isNew) this.asked.set(keyOf(tenant, plan), endNs);
      this.trouble.judged(tenant, plan);
    }
    judged.prune(endNs - KEPT_NS);
    await judged.save();
    for (const { rule, until } of claimed) ownership.settled(tenant, rule, until);
    this.trouble.over(tenant);
  }

  private async record(
    tenant: string,
    { result }: DecidedCases,
    known: readonly OutboxEntry[],
  ): Promise<void> {
    const { outbox, wall, onViolation } = this.ports;
    const { rule, violations, violated, undecided, cannotTell, missing, buckets, facts } = result;
    const before = new Map(known.map((entry) => [entry.id, entry]));
    const { placement } = this.settings;
    const fresh = violations.flatMap((found) => emissionOf(tenant, rule, found, before, placement) ?? []);
    const counts = this.countsOf(tenant, rule);
    await recordInParts(outbox, fresh, (some) => {
      counts.violations += some.length;
      for (const { violation } of some) onViolation(tenant, violation);
    });
    const leftOut = violated - violations.length;
    if (leftOut > 0)
      this.trouble.tellOf(tenant, rule, 'limit', `${leftOut} violations of one moment are not sent`);
    if (undecided > 0)
      this.trouble.tellOf(
        tenant,
        rule,
        'waited',
        `${undecided} cases that see too far are not judged: replay them`,
      );
    counts.leftOut += leftOut;
    counts.violations += leftOut;
    counts.passed += result.passed + result.vacuous;
    counts.cannotTell += cannotTell;
    counts.unseen += undecided;
    if (cannotTell > 0) addDoubt(counts, rule, { looked: cannotTell, missing, traceId: undefined }, wall());
    addToDay(counts, rule, buckets, new Map(buckets.map(({ start }) => [dayAt(start), facts])));
  }

  private async retract(
    tenant: string,
    { result: { rule, violations, violated } }: DecidedCases,
    known: readonly OutboxEntry[],
  ): Promise<void> {
    if (violated > violations.length) return;
    const { outbox, onRetraction } = this.ports;
    const found = new Set(violations.map(({ id }) => id));
    const changes = known
      .filter(({ id }) => !found.has(id))
      .map(retraction)
      .filter((change) => change !== undefined);
    await recordInParts(outbox, changes, (some) => {
      this.countsOf(tenant, rule).retracted += some.length;
      for (const { entry } of some) onRetraction(tenant, rule, entry);
    });
  }

  private countsOf(tenant: string, { id, settings }: RulePlan): RuleCounts {
    return this.ports.counters.of(tenant, id, settings.severity);
  }
}

function plansOf(rules: readonly DueRule[]): readonly RulePlan[] {
  return rules.map(({ plan }) => plan);
}

function keyOf(tenant: string, { id }: RulePlan): string {
  return `${tenant} ${id}`;
}

/**
 * Rules across traces where each of several replicas has a part of the spans: judged as time goes by over stored blocks, which have all of them.
 * A case is judged once blocks decide it and all cases before it. What is found has the ids that replay gives it.
 */

import type { ResolvedFlowRule, ResolvedRule } from '../../language/link/resolved.js';
import { planFlowRules } from '../../plan/lower/lower.js';
import type { RulePlan } from '../../plan/plan.js';
import type { DecidedCases, DecidedQuestion } from '../../replay/flows/decided-flows.js';
import { ofKind } from '../../shared/of-kind.js';
import { noteOwner, type RuleCounts } from '../counters.js';
import { addToDay, dayAt } from '../day-facts.js';
import { addDoubt } from '../doubt.js';
import { flowPlace, isFlowPlace } from '../flows/place.js';
import { inRecords } from '../outbox/in-records.js';
import type { Outbox } from '../outbox/outbox.js';
import type { OwnRange, RuleOwnership } from '../ownership/rule-ownership.js';
import { emission } from '../reconcile.js';
import type { EmittedViolation, Placement } from '../violation/span.js';
import { JudgedEntries } from './judged-entries.js';
import { type JudgedUntil, KEPT_NS } from './judged-until.js';
import { type CaseTimes, type NextCases, nextCases } from './next-cases.js';
import { Trouble, type TroublePorts, type UnreadBlock } from './trouble.js';

export interface StoredFlowPorts extends TroublePorts {
  /** Those whose blocks are known: no blocks at all would be taken for no spans. */
  readonly tenants: () => readonly string[];
  /** `decideFlows` over the blocks of a tenant. */
  readonly judge: (tenant: string, question: DecidedQuestion) => Promise<DecidedAnswer>;
  readonly outbox: Pick<Outbox, 'record' | 'entriesOf' | 'traces' | 'forget'>;
  readonly judged: JudgedUntil;
  readonly ownership: RuleOwnership;
  /** Called with each violation once it is in the outbox. */
  readonly onViolation: (tenant: string, violation: EmittedViolation) => void;
}

export interface DecidedAnswer {
  /** By the rules that were asked for. */
  readonly results: readonly DecidedCases[];
  /** Blocks that are missing in them. */
  readonly unread: readonly UnreadBlock[];
}

export interface StoredFlowSettings {
  /** Milliseconds from the end of a span until it lies in blocks. */
  readonly delayMs: number;
  /** Milliseconds that a case is waited for which its time has not decided. */
  readonly graceMs: number;
  /** Violations of one rule that are found at once. */
  readonly mostViolations: number;
  readonly placement: Placement;
}

interface DueRule {
  readonly resolved: ResolvedFlowRule;
  readonly plan: RulePlan;
  readonly own: OwnRange;
  readonly cases: NextCases;
}

const HOUR_NS = 3_600_000_000_000n;

export class StoredFlows {
  private rules: readonly Pick<DueRule, 'resolved' | 'plan'>[] = [];
  private readonly trouble: Trouble;
  private readonly entries: JudgedEntries;
  /** Up to where the blocks were asked last, by tenant and rule. */
  private readonly asked = new Map<string, bigint>();

  constructor(
    private readonly ports: StoredFlowPorts,
    private readonly settings: StoredFlowSettings,
  ) {
    this.trouble = new Trouble(ports, 'rules across traces');
    const onProblem = (problem: string): void => this.trouble.tell('keep', problem);
    this.entries = new JudgedEntries({ ...ports, isOurs: isFlowPlace, onProblem });
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
    this.trouble.lacks(tenant, plansOf(rules), unread);
    const ms = (performance.now() - started) / rules.length;
    // Nothing is claimed where nothing new is decided, but for where the rule begins, so that whoever is the owner next begins there.
    const found = rules.flatMap((rule, n) => {
      const decided = results[n]!;
      const isNew = decided.toNs > rule.cases.from || rule.own.isUnclaimed === true;
      return decided.result.problem === undefined ? [{ rule, decided, isNew }] : [];
    });
    const claimed = found
      .filter(({ isNew }) => isNew)
      .map(({ rule: { plan, own, cases }, decided }) => ({
        ...{ rule: plan, own, from: cases.from, until: decided.toNs },
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
    for (const { rule, decided, isNew } of found) {
      const { plan } = rule;
      if (isNew) {
        await this.record(tenant, decided);
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

  private async record(tenant: string, { result }: DecidedCases): Promise<void> {
    const { outbox, wall, onViolation } = this.ports;
    const { rule, violations, violated, undecided, cannotTell, missing, buckets, facts } = result;
    const known = this.entries.all().filter((entry) => entry.tenant === tenant && entry.rule === rule.id);
    const knownIds = new Set(known.map(({ id }) => id));
    const fresh = violations.filter(({ id }) => !knownIds.has(id));
    const counts = this.countsOf(tenant, rule);
    for (const some of inRecords(fresh)) {
      const emissions = some.map((found) => {
        const { id, time } = found;
        const trace = flowPlace(tenant, rule.id, id);
        const finding = { id, tenant, trace, rule, basis: 'stored', found } as const;
        const { entry, outgoing, violation } = emission(finding, new Map(), this.settings.placement)!;
        return { entry: { ...entry, sees: [`${time}`, `${time}`] as const }, outgoing, violation };
      });
      await outbox.record(
        emissions.map(({ entry }) => entry),
        emissions.map(({ outgoing }) => outgoing),
      );
      counts.violations += some.length;
      for (const { violation } of emissions) onViolation(tenant, violation);
    }
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

import type {
  Evicted,
  FlowJudgement,
  FlowMoment,
  FlowNote,
  FlowRuleJudgement,
  FlowStore,
  RuleCases,
  TakenFlows,
} from '../../../engine/live/flows/flow-store.js';
import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import type { Plan, RulePlan } from '../../../engine/plan/plan.js';
import { problemOf } from '../../../engine/sql/store/problem-of.js';
import { TooSlow } from '../../../engine/sql/store/time-limit.js';
import type { FailedRule } from '../../../engine/verdicts/rule-problem.js';
import type { FoundViolation } from '../../../engine/verdicts/violation.js';
import type { ViolationPage } from '../../../engine/verdicts/violation-page.js';
import { EPOCH } from '../../support/arbitrary/spans.js';
import type { FlowShelf } from './flow-shelf.js';
import { type FlowCase, flowCases } from './flow-verdicts.js';
import { type Judged, ruleKeyOf } from './judged.js';

export interface FlowStorePorts {
  /** Resolves once a note is on disk, in the place of what an op would write. */
  readonly commit: () => Promise<void>;
  /** Whether the rule cannot be judged at the moment. */
  readonly isFailing: (rule: RulePlan) => boolean;
  readonly mostViolations: number;
}

const DAY_NS = 86_400_000_000_000n;
const TODAY = EPOCH / DAY_NS;

/** A case that is counted in a judgement. */
interface CountedCase {
  readonly key: string;
  readonly kind: string;
}

/** Keeps flows and judges them in the place of the database: all of them, each time, by the slow evaluator. */
export class TrustedFlowStore implements FlowStore {
  private plan: Plan | undefined;

  constructor(
    private readonly shelf: FlowShelf,
    private readonly judged: Judged,
    private readonly ports: FlowStorePorts,
  ) {}

  get spans(): number {
    return this.shelf.spans;
  }

  get tenants(): readonly string[] {
    return [...this.shelf.tenants.keys()];
  }

  endNs(tenant: string): bigint {
    return this.shelf.tenants.get(tenant)?.endNs ?? 0n;
  }

  async setRules(plan: Plan, nowNs: bigint): Promise<void> {
    await this.ports.commit();
    this.shelf.setRules(plan.rules, nowNs);
    this.plan = plan;
  }

  async take(tenant: string, traces: readonly TraceSnapshot[]): Promise<TakenFlows> {
    if (this.plan === undefined) throw new Error('flows are taken before there are rules');
    const taken = traces.map((one) => this.judged.traceOf(one));
    await this.ports.commit();
    this.shelf.take(tenant, taken);
    return { failed: [], late: 0 };
  }

  async judge(
    tenant: string,
    moment: FlowMoment,
    rest: readonly RulePlan[],
  ): Promise<FlowJudgement | undefined> {
    const { plan, shelf } = this;
    const of = shelf.tenants.get(tenant);
    if (plan === undefined || plan.rules.length === 0 || of === undefined) return undefined;
    if (!of.changed && of.judgedNs >= moment.endNs) return undefined;
    of.settlingNs = moment.settledNs;
    const found: { readonly rule: RulePlan; readonly violation: FoundViolation }[] = [];
    const counted: CountedCase[] = [];
    const undecided = new Map<string, number>();
    const failed: FailedRule[] = [];
    const flows = new Map<RulePlan, readonly string[]>();
    const rules: FlowRuleJudgement[] = [];
    for (const rule of plan.rules) {
      const traces = shelf.tracesOf(tenant, rule);
      const cases = flowCases(tenant, rule, traces, moment.endNs);
      // Some may have been there before that are no more.
      flows.set(rule, [...shelf.flowsOf(tenant, rule), ...cases.map(({ flow }) => flow)]);
      if (rest.includes(rule)) continue;
      if (this.ports.isFailing(rule)) failed.push({ rule, problem: problemOf(new TooSlow(1)) });
      else rules.push(this.judgeRule(tenant, rule, cases, moment, { found, counted, undecided }));
    }
    return {
      rules,
      failed,
      rested: rest,
      violations: () => this.pages(found),
      doubts: () => Promise.resolve(new Map()),
      flowsOf: (rule) => Promise.resolve([...new Set(flows.get(rule))]),
      settle: async (note) => {
        await this.ports.commit();
        if (note !== undefined) shelf.addNote(note);
        of.changed = false;
        of.judgedNs = moment.endNs;
        of.settledNs = moment.settledNs;
        of.undecided = undecided;
        for (const { rule } of rules) of.failed.delete(ruleKeyOf(rule));
        for (const rule of [...failed.map((failure) => failure.rule), ...rest])
          of.failed.set(ruleKeyOf(rule), new Set(flows.get(rule)));
        for (const { key, kind } of counted) of.counted.set(key, kind);
        for (const [rule, all] of flows) shelf.noteFlows(tenant, rule, all);
      },
    };
  }

  async reached(tenant: string, endNs: bigint): Promise<void> {
    await this.ports.commit();
    const of = this.shelf.tenant(tenant);
    if (endNs > of.endNs) of.endNs = endNs;
  }

  /** What is settled is in the way of nobody. */
  async letGo(): Promise<void> {
    await this.ports.commit();
  }

  async evict(most: number): Promise<Evicted | undefined> {
    if (this.shelf.spans <= most) return undefined;
    await this.ports.commit();
    const { beforeNs, spans } = this.shelf.evict(this.shelf.spans - Math.floor(most * 0.9));
    return { spans, flows: spans, beforeNs, lost: [] };
  }

  async undecided(): Promise<readonly RuleCases[]> {
    const { plan, shelf } = this;
    return [...shelf.tenants].flatMap(([tenant, of]) =>
      (plan?.rules ?? []).flatMap((rule) => {
        const cases = of.undecided.get(ruleKeyOf(rule)) ?? 0;
        return cases === 0 ? [] : [{ tenant, rule: rule.id, day: TODAY, cases }];
      }),
    );
  }

  async notes(): Promise<readonly FlowNote[]> {
    return this.shelf.notes;
  }

  async noted({ seq }: FlowNote): Promise<void> {
    await this.ports.commit();
    this.shelf.notes = this.shelf.notes.filter((one) => one.seq > seq);
  }

  private judgeRule(
    tenant: string,
    rule: RulePlan,
    cases: readonly FlowCase[],
    { endNs, settledNs }: FlowMoment,
    into: {
      readonly found: { rule: RulePlan; violation: FoundViolation }[];
      readonly counted: CountedCase[];
      readonly undecided: Map<string, number>;
    },
  ): FlowRuleJudgement {
    const knownNs = this.shelf.knownNs(tenant, rule);
    const total = { pass: 0, violation: 0, 'cannot tell': 0, unseen: 0, undecided: 0 };
    let start = 0n;
    for (const one of cases) {
      const key = `${ruleKeyOf(rule)} ${one.id}`;
      const counts = one.lastNs < endNs && !this.shelf.tenant(tenant).counted.has(key);
      if (one.lastNs < settledNs) continue;
      const kind = one.firstNs < knownNs ? 'unseen' : one.kind;
      if (kind === 'violation') {
        const { found } = one;
        into.found.push({ rule, violation: { ...found, watched: { ...found.watched!, counts } } });
        this.judged.foundIn.set(one.id, `flow ${tenant}`);
      }
      if (kind === 'undecided')
        into.undecided.set(ruleKeyOf(rule), (into.undecided.get(ruleKeyOf(rule)) ?? 0) + 1);
      if (!counts) continue;
      into.counted.push({ key, kind });
      total[kind]++;
      start = (one.found.time / DAY_NS) * DAY_NS;
    }
    const { pass: passed, violation: violated, 'cannot tell': cannotTell, unseen } = total;
    const days = [{ start, passed, violated, cannotTell }];
    return {
      ...{ rule, passed, cannotTell, unseen, knownNs, ms: 1, facts: new Map() },
      ...{ days, buckets: days },
    };
  }

  private async *pages(
    found: readonly { readonly rule: RulePlan; readonly violation: FoundViolation }[],
  ): AsyncGenerator<ViolationPage> {
    const { mostViolations } = this.ports;
    for (let from = 0; from < found.length; from += mostViolations) {
      const some = found.slice(from, from + mostViolations);
      yield { found: some.map(({ rule, violation }) => ({ rule, violations: [violation] })), failed: [] };
    }
  }
}

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

/** What a rule's cases came to in a judgement. */
interface JudgedCases {
  readonly rule: RulePlan;
  readonly counted: readonly { readonly flowCase: FlowCase; readonly kind: string }[];
  /** Those that were counted before. */
  readonly known: readonly FlowCase[];
  readonly open: readonly FlowCase[];
  readonly undecided: number;
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
    const taken = traces.map((trace) => this.judged.traceOf(trace));
    await this.ports.commit();
    this.shelf.take(tenant, taken);
    return { failed: [], late: 0 };
  }

  /** `chosen`: the flows that another store judges now; one judges the others when they change, also where a rule failed on them. */
  async judge(
    tenant: string,
    moment: FlowMoment,
    rest: readonly RulePlan[],
    chosen?: FlowJudgement['flowsOf'],
  ): Promise<FlowJudgement | undefined> {
    const { plan, shelf } = this;
    const shelved = shelf.tenants.get(tenant);
    if (plan === undefined || plan.rules.length === 0 || shelved === undefined) return undefined;
    if (!shelved.changed && shelved.judgedNs >= moment.endNs) return undefined;
    shelved.settlingNs = moment.settledNs;
    const found: { readonly rule: RulePlan; readonly violation: FoundViolation }[] = [];
    const judged: JudgedCases[] = [];
    const failed: FailedRule[] = [];
    const flows = new Map<RulePlan, readonly string[]>();
    const left = new Map<RulePlan, ReadonlySet<string>>();
    const rules: FlowRuleJudgement[] = [];
    for (const rule of plan.rules) {
      const traces = shelf.tracesOf(tenant, rule);
      const all = flowCases(tenant, rule, traces, moment.endNs, shelf.evicted);
      const mine = await chosen?.(rule);
      const failedBefore = mine === undefined ? [] : [...(shelved.failed.get(ruleKeyOf(rule)) ?? [])];
      const stillFailed = new Set(failedBefore.filter((flow) => !mine!.includes(flow)));
      left.set(rule, stillFailed);
      const cases = all.filter(({ flow }) => !stillFailed.has(flow));
      // Some may have been there before that are no more.
      flows.set(rule, mine ?? [...shelf.flowsOf(tenant, rule), ...cases.map(({ flow }) => flow)]);
      if (rest.includes(rule)) continue;
      if (this.ports.isFailing(rule)) failed.push({ rule, problem: problemOf(new TooSlow(1)) });
      else rules.push(this.judgeRule(tenant, rule, cases, moment, { found, judged }));
    }
    return {
      rules,
      failed,
      rested: rest,
      violations: () => this.pages(found),
      doubts: () => Promise.resolve(new Map()),
      flowsOf: (rule) => Promise.resolve([...new Set(flows.get(rule))]),
      settle: async (settled, note) => {
        await this.ports.commit();
        if (note !== undefined) shelf.addNote(note);
        shelved.changed = false;
        shelved.judgedNs = moment.endNs;
        shelved.settledNs = moment.settledNs;
        shelved.undecided = new Map(judged.map(({ rule, undecided }) => [ruleKeyOf(rule), undecided]));
        for (const [rule, all] of flows) {
          shelf.noteFlows(tenant, rule, all);
          const key = ruleKeyOf(rule);
          const cases = settled.includes(rule) ? judged.find((other) => other.rule === rule) : undefined;
          shelved.open.set(key, cases?.open ?? []);
          const unjudged = new Set([...(left.get(rule) ?? []), ...(cases === undefined ? all : [])]);
          if (unjudged.size > 0) shelved.failed.set(key, unjudged);
          else shelved.failed.delete(key);
          if (cases === undefined) continue;
          for (const flowCase of cases.known) shelved.counted.grown(key, flowCase);
          for (const { flowCase, kind } of cases.counted) shelved.counted.add(key, flowCase, kind);
        }
      },
    };
  }

  async reached(tenant: string, endNs: bigint): Promise<void> {
    await this.ports.commit();
    const shelved = this.shelf.tenant(tenant);
    if (endNs > shelved.endNs) shelved.endNs = endNs;
  }

  /** What is settled is in the way of nobody. */
  async letGo(): Promise<void> {
    await this.ports.commit();
  }

  async evict(
    most: number,
    noteOf?: (tenant: string, lost: readonly RuleCases[]) => string,
  ): Promise<Evicted | undefined> {
    const { shelf } = this;
    if (shelf.spans <= most) return undefined;
    await this.ports.commit();
    const before = shelf.spans;
    const beforeNs = shelf.earliest(before - Math.floor(most * 0.9));
    const tenants = shelf.tenantsBefore(beforeNs);
    const lost = shelf.evict(beforeNs, tenants).map((cases) => ({ ...cases, day: TODAY }));
    for (const tenant of tenants) {
      const mine = lost.filter((cases) => cases.tenant === tenant);
      if (mine.length > 0 && noteOf !== undefined) shelf.addNote(noteOf(tenant, mine));
    }
    const spans = before - shelf.spans;
    return { spans, flows: spans, beforeNs, tenants, lost };
  }

  async undecided(): Promise<readonly RuleCases[]> {
    const { plan, shelf } = this;
    return [...shelf.tenants].flatMap(([tenant, shelved]) =>
      (plan?.rules ?? []).flatMap((rule) => {
        const cases = shelved.undecided.get(ruleKeyOf(rule)) ?? 0;
        return cases === 0 ? [] : [{ tenant, rule: rule.id, day: TODAY, cases }];
      }),
    );
  }

  async notes(): Promise<readonly FlowNote[]> {
    return this.shelf.notes;
  }

  async noted({ seq }: FlowNote): Promise<void> {
    await this.ports.commit();
    this.shelf.notes = this.shelf.notes.filter((note) => note.seq > seq);
  }

  private judgeRule(
    tenant: string,
    rule: RulePlan,
    cases: readonly FlowCase[],
    { endNs, settledNs }: FlowMoment,
    into: {
      readonly found: { rule: RulePlan; violation: FoundViolation }[];
      readonly judged: JudgedCases[];
    },
  ): FlowRuleJudgement {
    const knownNs = this.shelf.knownNs(tenant, rule);
    const total = { pass: 0, violation: 0, 'cannot tell': 0, unseen: 0, undecided: 0 };
    const unsettled = cases.filter(({ lastNs }) => lastNs >= settledNs);
    const known = this.shelf.tenant(tenant).counted.among(ruleKeyOf(rule), unsettled);
    const counts: { readonly flowCase: FlowCase; readonly kind: string }[] = [];
    const open: FlowCase[] = [];
    let [start, undecided] = [0n, 0];
    for (const flowCase of unsettled) {
      const kind = flowCase.firstNs < knownNs ? 'unseen' : flowCase.kind;
      const counted = known.has(flowCase) ? 'before' : flowCase.lastNs < endNs ? 'now' : 'not yet';
      if (kind === 'violation') {
        const { found } = flowCase;
        into.found.push({ rule, violation: { ...found, watched: { ...found.watched!, counted } } });
        this.judged.foundIn.set(flowCase.id, `flow ${tenant}`);
        // Before it is in the outbox: the process may be killed between the two.
        if (!this.shelf.foundIn.has(flowCase.id)) this.shelf.foundIn.set(flowCase.id, found.watched!);
      }
      if (kind === 'undecided') undecided++;
      if (counted === 'not yet') open.push(flowCase);
      if (counted !== 'now') continue;
      counts.push({ flowCase, kind });
      total[kind]++;
      start = (flowCase.found.time / DAY_NS) * DAY_NS;
    }
    into.judged.push({ rule, counted: counts, known: [...known], open, undecided });
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

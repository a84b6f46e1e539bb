import type { Plan, RulePlan } from '../../plan/plan.js';
import { type JudgedFlows, KeptFlows } from '../../sql/flows/kept/kept-flows.js';
import { violationPages } from '../../sql/run/violation-pages.js';
import { MAX_UNDECIDED, missingNames } from '../../sql/run/violations.js';
import { isOutOfMemory } from '../../sql/store/out-of-memory.js';
import { RuleGuard } from '../../sql/store/rule-guard.js';
import type { Store } from '../../sql/store/store.js';
import type { BucketCounts, FactsByKey } from '../../verdicts/evaluation.js';
import { byDay, dayAt } from '../day-facts.js';
import type {
  Evicted,
  FlowJudgement,
  FlowMoment,
  FlowNote,
  FlowStore,
  RuleCases,
  TakenFlows,
} from '../flows/flow-store.js';
import { RATE_BUCKET_NS } from '../recent-rates.js';
import type { Doubts } from './evaluator.js';
import { fillRelations } from './fill.js';
import type { TraceSnapshot } from './snapshot.js';

export interface FlowStoreOptions {
  /** Milliseconds that one rule may take over some flows. */
  readonly ruleLimitMs: number;
  /** Violations that are held in memory at a time. */
  readonly mostViolations: number;
}

/** Flows that are judged at a time, unless a rule fails on so many. */
const MOST_FLOWS = 20_000;

/** With the SQL of replay, over flows in a file. */
export class SqlFlowStore implements FlowStore {
  private plan: Plan | undefined;
  private most = MOST_FLOWS;

  private constructor(
    private readonly db: Store,
    private readonly kept: KeptFlows,
    private readonly options: FlowStoreOptions,
  ) {}

  static async open(db: Store, path: string, options: FlowStoreOptions): Promise<SqlFlowStore> {
    return new SqlFlowStore(db, await KeptFlows.open(db, path), options);
  }

  get spans(): number {
    return this.kept.spans;
  }

  get tenants(): readonly string[] {
    return this.kept.tenants;
  }

  endNs(tenant: string): bigint {
    return this.kept.endNs(tenant);
  }

  async setRules(plan: Plan, nowNs: bigint): Promise<void> {
    await this.kept.setRules(plan, nowNs);
    this.plan = plan;
  }

  async take(tenant: string, traces: readonly TraceSnapshot[]): Promise<TakenFlows> {
    if (this.plan === undefined) throw new Error('flows are taken before there are rules');
    const columns = await fillRelations(this.db, traces, this.plan.needs);
    return await this.kept.take(tenant, columns, { ruleLimitMs: this.options.ruleLimitMs });
  }

  async judge(
    tenant: string,
    moment: FlowMoment,
    rest: readonly RulePlan[],
  ): Promise<FlowJudgement | undefined> {
    const guarded = {
      ruleLimitMs: this.options.ruleLimitMs,
      canSplit: true,
      rest,
      bucketNs: RATE_BUCKET_NS,
    };
    for (;;) {
      const judged = await this.kept.judge(tenant, moment, this.most, guarded).catch((error: unknown) => {
        if (!isOutOfMemory(error) || this.most === 1) throw error;
        return 'too many' as const;
      });
      if (judged === undefined) return undefined;
      if (judged !== 'too many' && (judged.guard.failed.length === 0 || judged.flows === 1)) {
        this.most = Math.min(MOST_FLOWS, this.most * 2);
        return this.judgementOf(tenant, judged, rest);
      }
      // What fails alone is reported.
      this.most = Math.ceil(Math.min(this.most, judged === 'too many' ? this.most : judged.flows) / 4);
    }
  }

  async reached(tenant: string, endNs: bigint): Promise<void> {
    await this.kept.reached(tenant, endNs);
  }

  async letGo(tenant: string, settledNs: bigint): Promise<void> {
    await this.kept.letGo(tenant, settledNs);
  }

  async evict(
    most: number,
    noteOf?: (tenant: string, lost: readonly RuleCases[]) => string,
  ): Promise<Evicted | undefined> {
    return await this.kept.evict(most, noteOf);
  }

  async undecided(): Promise<readonly RuleCases[]> {
    return await this.kept.undecided();
  }

  /** What fails here costs only what is said of single cases. */
  private async doubtsOf(
    judged: JudgedFlows,
    rules: readonly RulePlan[],
  ): Promise<ReadonlyMap<RulePlan, Doubts>> {
    const asked = judged.plan.rules.flatMap((rule, n) => (rules.includes(rule) ? [n] : []));
    const guard = new RuleGuard({ ruleLimitMs: this.options.ruleLimitMs, canSplit: false });
    const found = await missingNames({ ...judged, guard }, asked, true).catch((error: unknown) => {
      if (!isOutOfMemory(error)) throw error;
      return new Map<number, never>();
    });
    const doubts = new Map<RulePlan, Doubts>();
    for (const [n, { all: missing, byTrace }] of found) {
      const [first] = byTrace.keys();
      const traceId = first === undefined ? undefined : await this.kept.judgedTrace(first);
      const looked = Math.min(MAX_UNDECIDED, await this.kept.judgedCases(n, 'cannotTell'));
      doubts.set(judged.plan.rules[n]!, { looked, missing, traceId });
    }
    return doubts;
  }

  async notes(): Promise<readonly FlowNote[]> {
    return await this.kept.notes();
  }

  async noted({ seq }: FlowNote): Promise<void> {
    await this.kept.noted(seq);
  }

  private judgementOf(tenant: string, judged: JudgedFlows, rested: readonly RulePlan[]): FlowJudgement {
    const { plan, guard, counts, facts, unseen } = judged;
    const total = (rule: number, verdict: 'passed' | 'cannotTell'): number =>
      counts[rule]!.buckets.reduce((sum, bucket) => sum + bucket[verdict], 0);
    return {
      rules: plan.rules.flatMap((rule, n) =>
        guard.isSound(rule)
          ? [
              {
                ...{ rule, unseen: unseen[n]!, ms: guard.msOf(rule) },
                knownNs: this.kept.knownNs(tenant, rule),
                ...{ passed: total(n, 'passed'), cannotTell: total(n, 'cannotTell') },
                days: byDay(counts[n]!.buckets),
                buckets: counts[n]!.buckets,
                facts: ofDays(counts[n]!.buckets, facts[n]),
              },
            ]
          : [],
      ),
      failed: guard.failed,
      rested,
      violations: () =>
        violationPages(judged, this.options.mostViolations, { ruleLimitMs: this.options.ruleLimitMs }),
      doubts: (rules) => this.doubtsOf(judged, rules),
      flowsOf: async (rule) => await this.kept.judgedFlows(rule),
      settle: async (rules, note) => await this.kept.settle(tenant, judged, rules, note),
    };
  }
}

/** What is known of all flows that were judged together, for each day that has cases of them. */
function ofDays(days: readonly BucketCounts[], facts: FactsByKey | undefined): FactsByKey {
  const [all] = facts?.values() ?? [];
  return new Map(all === undefined ? [] : days.map(({ start }) => [dayAt(start), all]));
}

import { availableParallelism } from 'node:os';
import type { Plan, RulePlan } from '../../plan/plan.js';
import { openStore } from '../../sql/open-store.js';
import { type JudgedRules, judgeRules } from '../../sql/run/evaluate.js';
import { violationPages } from '../../sql/run/violation-pages.js';
import { MAX_UNDECIDED, missingNames } from '../../sql/run/violations.js';
import { isOutOfMemory } from '../../sql/store/out-of-memory.js';
import { RuleGuard } from '../../sql/store/rule-guard.js';
import type { Store } from '../../sql/store/store.js';
import type { FactsByKey, RuleCounts } from '../../verdicts/evaluation.js';
import { byDay } from '../day-facts.js';
import type { FlowStore } from '../flows/flow-store.js';
import { RATE_BUCKET_NS } from '../recent-rates.js';
import type { WindowStore } from '../windows/window-store.js';
import type { Doubts, Evaluator, Judgement, RuleJudgement } from './evaluator.js';
import { fillRelations } from './fill.js';
import type { TraceSnapshot } from './snapshot.js';
import { SqlFlowStore } from './sql-flow-store.js';
import { SqlWindowStore, type WindowStoreOptions } from './sql-window-store.js';

export interface JudgeOptions {
  /** Bytes for DuckDB. */
  readonly memory: number;
  /** Default: one for each core but one, which is left to receiving; statements over so few rows gain little from more. */
  readonly threads?: number;
  /** Milliseconds that one rule may take over one batch of traces; it is then left out. */
  readonly ruleLimitMs: number;
  /** Violations that are held in memory at a time; there may be more. */
  readonly mostViolations: number;
}

/** With the SQL of replay. */
export class SqlEvaluator implements Evaluator {
  private constructor(
    private readonly db: Store,
    private readonly options: JudgeOptions,
  ) {}

  static async open(options: JudgeOptions): Promise<SqlEvaluator> {
    const { memory, threads = Math.max(1, availableParallelism() - 1) } = options;
    return new SqlEvaluator(await openStore({ memory, threads }), options);
  }

  /** Keeps flows in a file, which is made where it is not there, and judges them with the same database. */
  async flowsIn(path: string): Promise<FlowStore> {
    return await SqlFlowStore.open(this.db, path, this.options);
  }

  /** Keeps what windows of rules over many traces count in a file, in the same way. */
  async windowsIn(
    path: string,
    options: Omit<WindowStoreOptions, 'ruleLimitMs' | 'mostViolations'> & Partial<WindowStoreOptions>,
  ): Promise<WindowStore> {
    return await SqlWindowStore.open(this.db, path, { ...this.options, ...options });
  }

  close(): void {
    this.db.close();
  }

  async evaluate(plan: Plan, traces: readonly TraceSnapshot[]): Promise<Judgement> {
    const columns = await fillRelations(this.db, traces, plan.needs);
    const { ruleLimitMs, mostViolations } = this.options;
    const guarded = { ruleLimitMs, canSplit: false };
    const judged = await judgeRules(this.db, plan, columns, {
      ...guarded,
      bucketNs: RATE_BUCKET_NS,
      factsBy: 'day',
      limit: Number.POSITIVE_INFINITY,
    });
    const { guard, counts, facts } = judged;
    return {
      rules: plan.rules.flatMap((rule, n) =>
        guard.isSound(rule) ? [judgementOf(rule, counts[n]!, facts[n] ?? new Map(), guard.msOf(rule))] : [],
      ),
      failed: guard.failed,
      violations: () => violationPages(judged, mostViolations, guarded),
      doubts: (rules) => this.doubtsOf({ ...judged, guard: new RuleGuard(guarded) }, rules, traces),
    };
  }

  /** A failure here costs only the explanation. */
  private async doubtsOf(
    judged: JudgedRules,
    rules: readonly RulePlan[],
    traces: readonly TraceSnapshot[],
  ): Promise<ReadonlyMap<RulePlan, Doubts>> {
    const asked = judged.plan.rules.flatMap((rule, n) => (rules.includes(rule) ? [n] : []));
    const found = await missingNames(judged, asked, true).catch((error: unknown) => {
      if (!isOutOfMemory(error)) throw error;
      return undefined;
    });
    return new Map(
      [...(found ?? [])].map(([rule, { all: missing, byTrace }]) => {
        const looked = Math.min(MAX_UNDECIDED, totalOf(judged.counts[rule]!, 'cannotTell'));
        const [first] = byTrace.keys();
        const traceId = first === undefined ? undefined : traces[Number(first)]?.traceId;
        return [judged.plan.rules[rule]!, { looked, missing, traceId }] as const;
      }),
    );
  }
}

function totalOf({ buckets }: RuleCounts, counted: 'passed' | 'cannotTell'): number {
  return buckets.reduce((sum, bucket) => sum + bucket[counted], 0);
}

function judgementOf(rule: RulePlan, counts: RuleCounts, facts: FactsByKey, ms: number): RuleJudgement {
  const [passed, cannotTell] = [totalOf(counts, 'passed'), totalOf(counts, 'cannotTell')];
  const { buckets } = counts;
  return { rule, passed, cannotTell, days: byDay(buckets), buckets, facts, ms };
}

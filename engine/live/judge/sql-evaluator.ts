import { availableParallelism } from 'node:os';
import type { Plan } from '../../plan/plan.js';
import { Database } from '../../sql/duckdb/database.js';
import { evaluateRules, type RuleEvaluation } from '../../sql/duckdb/evaluate.js';
import type { Evaluator, Judgement, RuleJudgement } from './evaluator.js';
import { fillRelations } from './fill.js';
import type { TraceSnapshot } from './snapshot.js';

export interface JudgeOptions {
  /** Bytes for DuckDB. */
  readonly memory: number;
  /** Default: one for each core but one, which is left to receiving; statements over so few rows gain little from more. */
  readonly threads?: number;
  /** Milliseconds that one rule may take over one batch of traces; it is then left out. */
  readonly ruleLimitMs: number;
  /** Violations that one rule may find in one batch of traces. */
  readonly mostViolations: number;
}

const DAY_NS = 86_400_000_000_000n;

/** With the SQL of replay. */
export class SqlEvaluator implements Evaluator {
  private constructor(
    private readonly db: Database,
    private readonly options: JudgeOptions,
  ) {}

  static async open(options: JudgeOptions): Promise<SqlEvaluator> {
    const { memory, threads = Math.max(1, availableParallelism() - 1) } = options;
    return new SqlEvaluator(await Database.open({ memory, threads }), options);
  }

  close(): void {
    this.db.close();
  }

  async evaluate(plan: Plan, traces: readonly TraceSnapshot[]): Promise<Judgement> {
    const columns = await fillRelations(this.db, traces, plan.needs);
    const { rules, failed } = await evaluateRules(this.db, plan, columns, {
      bucketNs: DAY_NS,
      limit: this.options.mostViolations,
      ruleLimitMs: this.options.ruleLimitMs,
      canSplit: traces.length > 1,
    });
    const sound = rules.filter(({ rule }) => failed.every((one) => one.rule !== rule));
    return { rules: sound.map(judgementOf), failed };
  }
}

function judgementOf({ rule, buckets, violations, ms }: RuleEvaluation): RuleJudgement {
  const total = (of: 'passed' | 'violated' | 'cannotTell'): number =>
    buckets.reduce((sum, bucket) => sum + bucket[of], 0);
  const violated = total('violated');
  return {
    rule,
    passed: total('passed'),
    violated,
    cannotTell: total('cannotTell'),
    days: buckets,
    violations,
    complete: violations.length === violated,
    ms,
  };
}

import { availableParallelism } from 'node:os';
import type { Plan, RulePlan } from '../../plan/plan.js';
import { Database, isOutOfMemory } from '../../sql/duckdb/database.js';
import { type BucketCounts, evaluateRules, type RuleEvaluation } from '../../sql/duckdb/evaluate.js';
import type { FailedRule } from '../../sql/duckdb/rule-guard.js';
import type { FoundViolation } from '../../sql/duckdb/violations.js';
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

/** What one rule found in a batch of traces. */
export interface RuleJudgement {
  readonly rule: RulePlan;
  readonly passed: number;
  readonly violated: number;
  readonly cannotTell: number;
  /** The counts by UTC day of the case. */
  readonly days: readonly BucketCounts[];
  readonly violations: readonly FoundViolation[];
  /** Whether `violations` are all; if not, what is not among them may be one nevertheless. */
  readonly complete: boolean;
  readonly ms: number;
}

export interface Judgement {
  readonly rules: readonly RuleJudgement[];
  readonly failed: readonly FailedRule[];
}

/** Judges batches of traces, one at a time. */
export class Judge {
  private constructor(
    private readonly db: Database,
    private readonly options: JudgeOptions,
  ) {}

  static async open(options: JudgeOptions): Promise<Judge> {
    const { memory, threads = Math.max(1, availableParallelism() - 1) } = options;
    return new Judge(await Database.open({ memory, threads }), options);
  }

  close(): void {
    this.db.close();
  }

  /**
   * Every rule of the plan over the traces, whose ids must differ. A rule that fails is named and costs the others
   * nothing; traces that do not fit in memory together are done in halves. Rejects only where the database itself does not work.
   */
  async judge(plan: Plan, traces: readonly TraceSnapshot[]): Promise<Judgement> {
    try {
      return await this.judgeOnce(plan, traces);
    } catch (error) {
      if (!isOutOfMemory(error) || traces.length < 2) throw error;
      const middle = traces.length >> 1;
      const first = await this.judge(plan, traces.slice(0, middle));
      return bothOf(first, await this.judge(plan, traces.slice(middle)));
    }
  }

  private async judgeOnce(plan: Plan, traces: readonly TraceSnapshot[]): Promise<Judgement> {
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

function bothOf(a: Judgement, b: Judgement): Judgement {
  const failed = [...a.failed, ...b.failed];
  const rules = [...a.rules];
  for (const other of b.rules) {
    const at = rules.findIndex(({ rule }) => rule.id === other.rule.id);
    const one = rules[at];
    if (one === undefined) rules.push({ ...other, complete: false });
    else
      rules[at] = {
        rule: one.rule,
        passed: one.passed + other.passed,
        violated: one.violated + other.violated,
        cannotTell: one.cannotTell + other.cannotTell,
        days: [...one.days, ...other.days],
        violations: [...one.violations, ...other.violations],
        complete: one.complete && other.complete,
        ms: one.ms + other.ms,
      };
  }
  const whole = (rule: RulePlan): boolean => failed.every((one) => one.rule.id !== rule.id);
  return { rules: rules.map((one) => ({ ...one, complete: one.complete && whole(one.rule) })), failed };
}

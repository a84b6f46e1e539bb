import type { Plan, RulePlan } from '../../plan/plan.js';
import { isOutOfMemory } from '../../sql/duckdb/database.js';
import type { Evaluator, Judgement } from './evaluator.js';
import type { TraceSnapshot } from './snapshot.js';
import { type JudgeOptions, SqlEvaluator } from './sql-evaluator.js';

/** Judges batches of traces, one at a time. */
export class Judge {
  constructor(private readonly evaluator: Evaluator) {}

  static async open(options: JudgeOptions): Promise<Judge> {
    return new Judge(await SqlEvaluator.open(options));
  }

  close(): void {
    this.evaluator.close();
  }

  /**
   * Every rule of the plan over the traces, whose ids must differ. A rule that fails is named and costs the others
   * nothing; traces that do not fit in memory together are done in halves. Rejects only where the database itself does not work.
   */
  async judge(plan: Plan, traces: readonly TraceSnapshot[]): Promise<Judgement> {
    try {
      return await this.evaluator.evaluate(plan, traces);
    } catch (error) {
      if (!isOutOfMemory(error) || traces.length < 2) throw error;
      const middle = traces.length >> 1;
      const first = await this.judge(plan, traces.slice(0, middle));
      return bothOf(first, await this.judge(plan, traces.slice(middle)));
    }
  }
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

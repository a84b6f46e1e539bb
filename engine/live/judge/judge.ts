import type { Plan } from '../../plan/plan.js';
import { isOutOfMemory } from '../../sql/store/out-of-memory.js';
import { problemOf } from '../../sql/store/problem-of.js';
import type { ViolationPage } from '../../verdicts/violation-page.js';
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
   * nothing; where the traces do not fit in memory together all have failed. Rejects only where the database itself does not work.
   */
  async judge(plan: Plan, traces: readonly TraceSnapshot[]): Promise<Judgement> {
    try {
      return await this.evaluator.evaluate(plan, traces);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      const problem = problemOf(error);
      const failed = plan.rules.map((rule) => ({ rule, problem }));
      return { rules: [], failed, violations: none, doubts: () => Promise.resolve(new Map()) };
    }
  }
}

async function* none(): AsyncGenerator<ViolationPage> {}

import type { Evaluator, Judgement } from '../../../engine/live/judge/evaluator.js';
import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import { SqlEvaluator } from '../../../engine/live/judge/sql-evaluator.js';
import type { Plan } from '../../../engine/plan/plan.js';

/** Judges with the SQL of the product, and holds it to the slow evaluator on the way. */
export class ComparedEvaluator implements Evaluator {
  constructor(
    private readonly sql: SqlEvaluator,
    private readonly trusted: Evaluator,
    private readonly onFault: (fault: string) => void,
  ) {}

  close(): void {}

  async evaluate(plan: Plan, traces: readonly TraceSnapshot[]): Promise<Judgement> {
    const expected = await this.trusted.evaluate(plan, traces);
    const left = new Set(expected.rules.map(({ rule }) => rule));
    const judged = await this.sql.evaluate(
      { ...plan, rules: plan.rules.filter((rule) => left.has(rule)) },
      traces,
    );
    for (const { rule, passed, cannotTell } of expected.rules) {
      const found = judged.rules.find((result) => result.rule.id === rule.id);
      if (found?.passed !== passed || found.cannotTell !== cannotTell)
        this.onFault(
          `SQL says that ${found?.passed} cases pass ${rule.id} and ${found?.cannotTell} cannot be determined, not ${passed} and ${cannotTell}`,
        );
    }
    return { ...judged, failed: [...judged.failed, ...expected.failed] };
  }
}

/** A database for the seeds of one process. */
export async function openSql(): Promise<SqlEvaluator> {
  return await SqlEvaluator.open({
    memory: 2 ** 28,
    threads: 1,
    ruleLimitMs: 60_000,
    mostViolations: 3,
  });
}

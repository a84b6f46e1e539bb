import type { RuleProblemJson } from '../answers/judged-rule.js';
import type { RuleProblem } from '../verdicts/rule-problem.js';

export function ruleProblemJson(problem: RuleProblem | undefined): RuleProblemJson | null {
  return problem === undefined ? null : { code: problem.code, reason: problem.message };
}

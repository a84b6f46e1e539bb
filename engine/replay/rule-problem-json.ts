import type { RuleProblem } from '../verdicts/rule-problem.js';

/** What keeps a rule from being judged, in the JSON of a replay. */
export interface RuleProblemJson {
  readonly code: string;
  readonly reason: string;
}

export function ruleProblemJson(problem: RuleProblem | undefined): RuleProblemJson | null {
  return problem === undefined ? null : { code: problem.code, reason: problem.message };
}

/** The clauses of a rule in the JSON of a replay. */
import type { ClauseJson } from '../answers/judged-rule.js';
import { clauseNameAt } from '../language/words/clause-name.js';
import type { ClauseFacts } from '../plan/vacuity/rule-needs.js';

export function clausesJson(rule: ClausesOf, clauses: readonly ClauseFacts[]): readonly ClauseJson[] {
  return clauses.map((facts, n) => ({
    clause: clauseNameAt(rule, n),
    text: rule.clauses[n]?.text ?? '',
    ...facts,
  }));
}

/** Of a rule of either kind. */
interface ClausesOf {
  readonly clauses: readonly {
    readonly keyword: string;
    readonly index: number;
    readonly text: string;
  }[];
}

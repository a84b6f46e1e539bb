/** The clauses of a rule in the JSON of a replay. */
import { clauseNameAt } from '../language/words/clause-name.js';
import type { ClauseFacts } from '../plan/vacuity/rule-needs.js';

export interface ClauseJson {
  /** `always#1` */
  readonly clause: string;
  readonly text: string;
  /** It could not have failed for want of data; what `idle = true` accepts is told nevertheless. */
  readonly vacuous: boolean;
  /** Of a vacuous clause: the attributes that it needs and no span of the run carries. */
  readonly missing: readonly string[];
  /** The patterns that it needs in order to fail and that matched no span of the run. */
  readonly unmatched: readonly string[];
}

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

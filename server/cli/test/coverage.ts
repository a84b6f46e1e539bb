import type { ResolvedRule } from '../../../engine/language/link/resolved.js';
import { namedClauses } from '../../../engine/language/words/clause-name.js';
import type { TestResult } from '../../../engine/testing/run-tests.js';

/** A clause of a rule, and how many tests show that it can fail, and that it can hold where it could have failed. */
export interface CoveredClause {
  readonly rule: string;
  /** `always#1` */
  readonly clause: string;
  readonly violatedBy: number;
  readonly heldBy: number;
}

/** Of every `always` and `never` of the rules. A rule that no test is about has clauses that nothing shows. */
export function clauseCoverage(
  rules: readonly ResolvedRule[],
  results: readonly TestResult[],
): readonly CoveredClause[] {
  return rules.flatMap(({ item }) => {
    const own = results.filter(({ test }) => test.item.rule.text === item.id.text);
    const clauses: readonly { readonly kind: string }[] = item.clauses;
    const names = namedClauses(clauses).filter(([, { kind }]) => kind !== 'when');
    return names.map(([clause]) => ({
      ...{ rule: item.id.text, clause },
      violatedBy: own.filter(({ shown }) => shown.violated.includes(clause)).length,
      heldBy: own.filter(({ shown }) => shown.held.includes(clause)).length,
    }));
  });
}

import type { ClauseRecord } from '../../engine/evidence/record.js';
import { clauseNameAt } from '../../engine/language/words/clause-name.js';
import type { ClauseFacts } from '../../engine/plan/vacuity/rule-needs.js';

/** What records say about the clauses of a rule: only of those about which there is something to say. */
export function clauseRecords(
  {
    clauses,
    settings,
  }: {
    readonly clauses: readonly { readonly keyword: string; readonly index: number }[];
    readonly settings: { readonly idle: boolean };
  },
  facts: readonly ClauseFacts[],
): readonly ClauseRecord[] {
  return facts.flatMap((clause, n) => {
    const isRecorded = clause.vacuous || clause.unmatched.length > 0;
    // What `idle = true` accepts takes nothing from what was kept.
    const vacuous = clause.vacuous && !settings.idle;
    return isRecorded ? [{ clause: clauseNameAt({ clauses }, n), ...clause, vacuous }] : [];
  });
}

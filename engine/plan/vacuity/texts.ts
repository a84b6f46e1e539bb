/** The sentences about vacuous clauses that all reports share. */
import { clauseName } from '../../language/words/clause-name.js';
import type { ClauseFacts } from './rule-needs.js';

type Named = { readonly keyword: string; readonly index: number };

/** Why clauses could not have failed, in the order of the rule: `never#1 could not have failed: no span has span.amount`. */
export function vacuousTexts(
  { clauses }: { readonly clauses: readonly Named[] },
  facts: readonly ClauseFacts[],
): readonly string[] {
  return facts.flatMap((clause, n) => {
    const name = clauses[n];
    if (!clause.vacuous || name === undefined) return [];
    return [`${clauseName(name)} could not have failed: ${wantText(clause)}`];
  });
}

/** What a vacuous clause lacked: `no span has span.amount`, else `nothing matched { name = "a" }`. */
export function wantText({ missing, unmatched }: Pick<ClauseFacts, 'missing' | 'unmatched'>): string {
  return missing.length > 0 ? `no span has ${missing.join(' or ')}` : unmatchedText(unmatched);
}

/** The patterns of clauses that could have failed and that matched nothing, each once: a misspelt name shows so. */
export function unmatchedPatterns(facts: readonly ClauseFacts[]): readonly string[] {
  return [...new Set(facts.flatMap(({ vacuous, unmatched }) => (vacuous ? [] : unmatched)))];
}

export function unmatchedText(patterns: readonly string[]): string {
  return `nothing matched ${patterns.join(', nor ')}`;
}

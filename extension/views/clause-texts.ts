import type { ClauseFacts } from '../service/answers.js';

/** Why clauses could not have failed. */
export function vacuousTexts(clauses: readonly ClauseFacts[]): readonly string[] {
  return clauses.flatMap(({ clause, vacuous, missing, unmatched }) => {
    if (!vacuous) return [];
    const want =
      missing.length > 0
        ? `no span has ${missing.join(' or ')}`
        : `nothing matched ${unmatched.join(', nor ')}`;
    return [`${clause} could not have failed: ${want}`];
  });
}

/** What clauses that could have failed found nothing of: a misspelt name shows so. */
export function unmatchedTexts(clauses: readonly ClauseFacts[]): readonly string[] {
  return [...new Set(clauses.flatMap(({ vacuous, unmatched }) => (vacuous ? [] : unmatched)))];
}

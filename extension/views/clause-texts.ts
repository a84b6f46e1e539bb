import type { ClauseJson } from '../../engine/answers/judged-rule.js';

/** Why clauses could not have failed. */
export function vacuousTexts(clauses: readonly ClauseJson[]): readonly string[] {
  return clauses.flatMap(({ clause, vacuous, missing, unmatched }) => {
    if (!vacuous) return [];
    const want =
      missing.length > 0
        ? `no span has ${missing.join(' or ')}`
        : `nothing matched ${unmatched.join(', nor ')}`;
    return [`${clause} could not have failed: ${want}`];
  });
}

import { createHash } from 'node:crypto';
import { printCondition } from '../language/print.js';
import type { ResolvedRule } from '../language/workspace.js';

/**
 * A hash over what the rule means: its clauses with every let-name written out, and the settings that decide verdicts.
 * Formatting, comments, texts for people and the names of lets do not change it.
 */
export function revisionOf(rule: ResolvedRule): string {
  const { when, clauses } = rule.expanded;
  const { required, skewNs } = rule.settings;
  const meaning = [
    ...(when === undefined ? [] : [`when ${printCondition(when)}`]),
    ...clauses.map((clause) => `${clause.keyword} ${printCondition(clause.condition)}`),
    `required ${required}`,
    `skew ${skewNs}`,
  ];
  return createHash('sha256').update(meaning.join('\n')).digest('hex').slice(0, 16);
}

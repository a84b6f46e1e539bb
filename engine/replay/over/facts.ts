import type { OverRulePlan } from '../../plan/over-plan.js';
import type { AttributeKey } from '../../plan/schema.js';
import { attributeName, attributesToAsk, NO_FACTS, type RuleFacts } from '../../plan/vacuity/rule-needs.js';
import type { Points } from '../../query/metrics/series.js';

/**
 * What a run has shown of what the clauses of a rule need. A selection has matched where some series of it has a value other than
 * that of nothing; `carries` tells whether the spans of the run have an attribute.
 */
export function overFacts(
  { needs }: OverRulePlan,
  selections: readonly (readonly Points[])[],
  carries: (attribute: AttributeKey) => boolean,
): RuleFacts {
  const matched = [...needs.patterns.keys()].filter((n) =>
    (selections[needs.patterns[n]?.selection ?? -1] ?? []).some(hasCounted),
  );
  const asked = needs.clauses.flatMap((clause) => attributesToAsk(clause, NO_FACTS));
  return { matched, carried: [...new Set(asked.filter(carries).map(attributeName))].sort() };
}

function hasCounted({ values }: Points): boolean {
  return values.some((value) => !Number.isNaN(value) && value !== 0);
}

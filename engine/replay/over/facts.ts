import type { AttributeKey } from '../../plan/schema.js';
import { attributeName, attributesToAsk, NO_FACTS, type RuleFacts } from '../../plan/vacuity/rule-needs.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import type { SlotCounts } from './slot-counts.js';

/**
 * What a run has shown of what the clauses of a rule need. A selection has matched where it has counted anything; `carries` tells whether
 * the spans of the run have an attribute.
 */
export function windowFacts(
  { needs }: WindowRulePlan,
  counts: ReadonlyMap<number, SlotCounts>,
  carries: (attribute: AttributeKey) => boolean,
): RuleFacts {
  const matched = [...needs.patterns.keys()].filter(
    (n) => counts.get(needs.patterns[n]?.selection ?? -1)?.hasCounted,
  );
  const asked = needs.clauses.flatMap((clause) => attributesToAsk(clause, NO_FACTS));
  return { matched, carried: [...new Set(asked.filter(carries).map(attributeName))].sort() };
}

import { createHash } from 'node:crypto';
import type { RulePlan } from '../plan/plan.js';
import type { FoundViolation } from './violation.js';

/**
 * A hash over the case that is violated: tenant, rule and its revision, trace and bound spans. Which clause is named and what else
 * is evidence may change while a trace grows; it stays the one violation of its case. 32 hex digits.
 */
export function violationId(
  tenant: string,
  rule: Pick<RulePlan, 'id' | 'revision'>,
  found: Pick<FoundViolation, 'traceId' | 'evidence'>,
): string {
  const bound = found.evidence
    .filter((span) => span.bound !== undefined)
    .map((span) => {
      const identity = [span.bound, span.spanId, span.kind];
      return (span.sharesKind ? [...identity, span.start, span.name] : identity).join(':');
    });
  const parts = [tenant, rule.id, rule.revision, found.traceId, ...bound];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

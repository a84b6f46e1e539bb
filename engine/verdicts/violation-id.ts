import { createHash } from 'node:crypto';
import type { RulePlan } from '../plan/plan.js';
import type { FoundViolation } from './violation.js';

/**
 * A hash over the case that is violated: tenant, rule and its revision, trace (of a flow the values of its key) and bound spans; of a
 * piece of a flow, which has no bound spans, also when it starts. Which clause is named and what else
 * is evidence may change while a trace grows; it stays the one violation of its case. 32 hex digits.
 */
export function violationId(
  tenant: string,
  rule: Pick<RulePlan, 'id' | 'revision'>,
  found: Pick<FoundViolation, 'traceId' | 'time' | 'key' | 'evidence'>,
): string {
  const { key } = found;
  const bound = found.evidence
    .filter((span) => span.bound !== undefined)
    .map((span) => {
      const identity = [span.bound, ...(key === undefined ? [] : [span.traceId]), span.spanId, span.kind];
      return (span.sharesKind ? [...identity, span.start, span.name] : identity).join(':');
    });
  const place = key === undefined ? [found.traceId] : ['flow', ...key.values()];
  const when = key !== undefined && bound.length === 0 ? [`${found.time}`] : [];
  const parts = [tenant, rule.id, rule.revision, ...place, ...bound, ...when];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

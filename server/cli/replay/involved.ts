import type { TraceViolation } from '../../../engine/verdicts/violation.js';
/** Which services violations touch. */

/** Services by how many violations have them in their evidence (without any: at their root), the most first. */
export function servicesInvolved(
  violations: readonly TraceViolation[],
): readonly (readonly [service: string, violations: number])[] {
  const counts = new Map<string, number>();
  for (const violation of violations)
    for (const service of servicesOf(violation)) counts.set(service, (counts.get(service) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

export function servicesOf({ evidence, rootService }: TraceViolation): readonly string[] {
  const found = new Set(evidence.flatMap(({ service }) => (service === undefined ? [] : [service])));
  if (found.size === 0 && rootService !== undefined) found.add(rootService);
  return [...found];
}

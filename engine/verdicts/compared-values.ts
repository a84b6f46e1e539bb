import type { EvidenceSpan, FoundViolation } from './violation.js';

/** What was compared on these spans, by the texts that name it: the values that differ, in order of the spans. */
export function valuesOfSpans(
  spans: readonly Pick<EvidenceSpan, 'values'>[],
): ReadonlyMap<string, readonly unknown[]> {
  const found = new Map<string, Map<string, unknown>>();
  for (const span of spans)
    for (const [name, value] of span.values) {
      const different = found.get(name) ?? new Map<string, unknown>();
      found.set(name, different.set(JSON.stringify(value), value));
    }
  return new Map([...found].map(([name, different]) => [name, [...different.values()]]));
}

/** All that was compared, of the case and of the spans that are evidence. Where spans differ, an array of their values. */
export function comparedValues({
  values,
  evidence,
}: Pick<FoundViolation, 'values' | 'evidence'>): ReadonlyMap<string, unknown> {
  const ofSpans = [...valuesOfSpans(evidence)].map(
    ([name, different]) => [name, different.length === 1 ? different[0] : different] as const,
  );
  return new Map<string, unknown>([...values, ...ofSpans]);
}

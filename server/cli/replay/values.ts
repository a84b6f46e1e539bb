/** Compared values in words. */

import { MAX_EVIDENCE } from '../../../engine/sql/run/violations.js';
import { valuesOfSpans } from '../../../engine/verdicts/compared-values.js';
import type { EvidenceSpan, FoundViolation } from '../../../engine/verdicts/violation.js';
import { printable } from '../../shared/printable.js';
import { spanText } from '../../shared/times.js';

/** Printable: `"tenant-7"`, `1832.5`, `missing`. Durations come as nanoseconds and are known by their names. */
export function valueText(name: string, value: unknown): string {
  if (value === null || value === undefined) return 'missing';
  if (typeof value === 'number' && value >= 0 && Number.isInteger(value) && isDuration(name))
    return spanText(BigInt(value));
  return printable(typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value)));
}

function isDuration(name: string): boolean {
  return /^(?:(?:avg|sum|min|max|quantile)\(.*[ ,:.]duration(?:, [\d.]+)?\)|.*\.(?:span:|trace:)?duration|(?:span|trace):duration|event:timeSinceStart)$/i.test(
    name,
  );
}

/**
 * The key of the flow, if it is of one, and what was compared, of the case and then of the spans that are evidence: `order.span.tenant.id = "tenant-7"`; of spans that differ
 * a few of the values. Printable.
 */
export function comparedTexts({
  key = new Map<string, unknown>(),
  values,
  evidence,
}: Pick<FoundViolation, 'key' | 'values' | 'evidence'>): readonly string[] {
  const ofFlow = [...key].map(([name, value]) => `${printable(name)} = ${valueText(name, value)}`);
  const ofCase = [...values].map(([name, value]) => `${printable(name)} = ${valueText(name, value)}`);
  const ofSpans = [...valuesOfSpans(evidence)].map(([name, different]) => {
    const shown = different.slice(0, VALUES_SHOWN).map((value) => valueText(name, value));
    const more =
      different.length > VALUES_SHOWN ? ` and ${different.length - VALUES_SHOWN} different ones` : '';
    return `${printable(name)} = ${shown.join(', ')}${more}`;
  });
  return [...ofFlow, ...ofCase, ...ofSpans];
}

const VALUES_SHOWN = 3;

/**
 * Spans that a test matched, those of one name and service together and the most first: `db.query in postgres ×19+`, with
 * a plus where the list of evidence is full. Printable.
 */
export function groupedSpans(evidence: readonly EvidenceSpan[], times: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const { name, service, bound } of evidence) {
    if (bound !== undefined) continue;
    const key = spanName(name, service);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const plus = evidence.length >= MAX_EVIDENCE ? '+' : '';
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([key, count]) => (count === 1 ? key : `${key} ${times}${count}${plus}`));
}

export function spanName(name: string, service: string | undefined): string {
  return service === undefined ? printable(name) : `${printable(name)} in ${printable(service)}`;
}

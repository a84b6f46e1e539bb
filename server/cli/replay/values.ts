/** Compared values in words. */

import { groupBy } from '../../../engine/shared/group-by.js';
import { MAX_EVIDENCE } from '../../../engine/sql/run/violations.js';
import { valuesOfSpans } from '../../../engine/verdicts/compared-values.js';
import type { EvidenceSpan, FoundViolation } from '../../../engine/verdicts/violation.js';
import { printable } from '../../shared/printable.js';
import { exactTime, spanText } from '../../shared/times.js';

/** Printable: `"tenant-7"`, `1832.5`, `missing`. Durations and times come as nanoseconds and are known by their names. */
export function valueText(name: string, value: unknown): string {
  if (value === null || value === undefined) return 'missing';
  if (typeof value === 'number' && value >= 0 && Number.isInteger(value) && isDuration(name))
    return spanText(BigInt(value));
  if (typeof value === 'string' && isTime(name) && /^\d+$/.test(value)) return exactTime(BigInt(value));
  return printable(typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value)));
}

function isDuration(name: string): boolean {
  return /^(?:(?:avg|sum|min|max|quantile)\(.*[ ,:.]duration(?:, [\d.]+)?\)|.*\.(?:span:|trace:)?duration|(?:span|trace):duration|event:timeSinceStart)$/i.test(
    name,
  );
}

function isTime(name: string): boolean {
  return /^(?:.*\.)?(?:span|trace):(?:start|end)$/i.test(name);
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
 * a plus where the list of evidence is full, and where they are, if not all in the trace that is named already. Printable.
 */
export function groupedSpans(
  evidence: readonly EvidenceSpan[],
  times: string,
  traceId?: string,
): readonly string[] {
  const groups = groupBy(
    evidence.filter(({ bound }) => bound === undefined),
    ({ name, service }) => spanName(name, service),
  );
  const plus = evidence.length >= MAX_EVIDENCE ? '+' : '';
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length);
  return sorted.map(([name, spans]) => {
    const count = spans.length === 1 ? '' : ` ${times}${spans.length}${plus}`;
    return `${name}${count}${traceId === undefined ? '' : elsewhere(spans, traceId)}`;
  });
}

/** In which traces spans are, as ` (trace …)` or ` (in 7 traces)`; empty where all are in that one. */
export function elsewhere(spans: readonly EvidenceSpan[], traceId: string): string {
  const traces = [...new Set(spans.map((span) => span.traceId ?? traceId))];
  const [only, ...others] = traces;
  if (others.length > 0) return ` (in ${traces.length} traces)`;
  return only === undefined || only === traceId ? '' : ` (trace ${only})`;
}

export function spanName(name: string, service: string | undefined): string {
  return service === undefined ? printable(name) : `${printable(name)} in ${printable(service)}`;
}

/** Compared values in words. */
import type { EvidenceSpan } from '../../../engine/sql/duckdb/evaluate.js';
import { printable } from '../terminal/printable.js';
import { spanText } from './times.js';

/** Printable: `"tenant-7"`, `1832.5`, `missing`. Durations come as nanoseconds and are told by their names. */
export function valueText(name: string, value: unknown): string {
  if (value === null || value === undefined) return 'missing';
  if (typeof value === 'number' && value >= 0 && Number.isInteger(value) && isDuration(name))
    return spanText(BigInt(value));
  return printable(typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value)));
}

function isDuration(name: string): boolean {
  return /^(?:(?:avg|sum|min|max|quantile)\(.*[ ,:.]duration(?:, [\d.]+)?\)|.*\.(?:span:|trace:)?duration)$/i.test(
    name,
  );
}

/** Spans of the same name and service counted together: `db.query in postgres ×20`. Printable. */
export function groupedSpans(spans: readonly EvidenceSpan[], times: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const { name, service } of spans) {
    const key = spanName(name, service);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => (count === 1 ? key : `${key} ${times}${count}`));
}

export function spanName(name: string, service: string | undefined): string {
  return service === undefined ? printable(name) : `${printable(name)} in ${printable(service)}`;
}

/** Whole traces: fragments merged by trace id, spans deduplicated by (span id, kind). */
import type { Span, Trace } from '../../../engine/spans/model.js';
import { compareBytes } from './values.js';

export function mergeTraces(fragments: readonly Trace[]): readonly Trace[] {
  const known = MERGED.get(fragments);
  if (known !== undefined) return known;
  const byId = new Map<string, Span[]>();
  for (const { traceId, spans } of fragments) {
    const id = traceId.toLowerCase();
    byId.set(id, [...(byId.get(id) ?? []), ...spans]);
  }
  const merged = [...byId].map(([traceId, spans]) => ({ traceId, spans: withoutCopies(spans) }));
  MERGED.set(fragments, merged);
  return merged;
}

/** Many queries are asked of the same fragments. */
const MERGED = new WeakMap<readonly Trace[], readonly Trace[]>();

/** Of conflicting copies the one that starts first stays, then the longest, then the one with the smallest name. */
export function withoutCopies(spans: readonly Span[]): readonly Span[] {
  const kept: Span[] = [];
  for (const span of spans) {
    const known = kept.findIndex((other) => other.spanId === span.spanId && other.kind === span.kind);
    if (known === -1) kept.push(span);
    else if (isPreferred(span, kept[known]!)) kept[known] = span;
  }
  return kept;
}

function isPreferred(a: Span, b: Span): boolean {
  if (a.start !== b.start) return a.start < b.start;
  if (a.duration !== b.duration) return a.duration > b.duration;
  return compareBytes(a.name, b.name) < 0;
}

/** Whole traces: fragments merged by trace id, of copies of a span one. */
import type { Span, Trace } from '../../../engine/otlp/model.js';

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

/** Many queries are about the same fragments. */
const MERGED = new WeakMap<readonly Trace[], readonly Trace[]>();

/** Spans of one id, kind, name and start are copies: the longest stays. */
export function withoutCopies(spans: readonly Span[]): readonly Span[] {
  const kept: Span[] = [];
  for (const span of spans) {
    const known = kept.findIndex((other) => areCopies(span, other));
    if (known === -1) kept.push(span);
    else if (span.duration > kept[known]!.duration) kept[known] = span;
  }
  return kept;
}

export function areCopies(a: Span, b: Span): boolean {
  return a.spanId === b.spanId && a.kind === b.kind && a.name === b.name && a.start === b.start;
}

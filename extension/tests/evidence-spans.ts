import type { Span } from '../service/trace.js';

/** More make a test that nobody reads. */
const MOST = 60;

/** The spans that a test needs: all of a small trace; of a large one the evidence, its ancestors and the first of the others. */
export function spansForTest(spans: readonly Span[], evidence: ReadonlySet<string>): readonly Span[] {
  if (spans.length <= MOST) return spans;
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const needed = new Set<Span>();
  const add = (span: Span | undefined): void => {
    for (
      let ancestor = span;
      ancestor !== undefined && !needed.has(ancestor);
      ancestor = byId.get(ancestor.parentSpanId)
    )
      needed.add(ancestor);
  };
  for (const id of evidence) add(byId.get(id));
  for (const span of spans) {
    if (needed.size >= MOST) break;
    add(span);
  }
  return spans.filter((span) => needed.has(span));
}

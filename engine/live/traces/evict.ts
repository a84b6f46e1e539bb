import type { OpenTrace } from './open-trace.js';
import type { TraceTable } from './trace-table.js';

/** What to let go of so that the table keeps its bound: traces that are closed first, then the longest quiet. */
export function tracesToEvict(table: TraceTable, maxBytes: number): readonly OpenTrace[] {
  const excess = table.bytes - maxBytes * 0.9;
  if (table.bytes <= maxBytes) return [];
  let spans = 0;
  for (const trace of table.values()) spans += trace.spans;
  const perSpan = table.bytes / Math.max(spans, 1);
  const evicted: OpenTrace[] = [];
  let freed = 0;
  for (const closedOnes of [true, false])
    for (const trace of table.values()) {
      if (freed >= excess) break;
      if ((trace.closedAs !== undefined) !== closedOnes) continue;
      evicted.push(trace);
      freed += trace.spans * perSpan;
    }
  return evicted;
}

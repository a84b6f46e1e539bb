import { type SpanBatch, traceIdAt } from '../otlp/batch.js';
import { traceKey } from './open-trace.js';

/** The spans of one request, by the trace that they are of. */
export interface ArrivedSpans {
  readonly tenant: string;
  readonly batch: SpanBatch;
  /** Rows of the batch, by the key of their trace. */
  readonly rowsOf: ReadonlyMap<string, readonly number[]>;
}

export function arrivedSpans(tenant: string, batch: SpanBatch): ArrivedSpans {
  const rowsOf = new Map<string, number[]>();
  let rows: number[] = [];
  for (let n = 0; n < batch.count; n++) {
    // Spans of one trace mostly stand together.
    if (n === 0 || !sameTrace(batch, n - 1, n)) {
      const key = traceKey(tenant, traceIdAt(batch, n));
      rows = rowsOf.get(key) ?? [];
      rowsOf.set(key, rows);
    }
    rows.push(n);
  }
  // They are held as long as their traces are: without the room that they left for more.
  for (const [key, all] of rowsOf) rowsOf.set(key, all.slice());
  return { tenant, batch, rowsOf };
}

function sameTrace({ traceIds }: SpanBatch, a: number, b: number): boolean {
  for (let offset = 15; offset >= 0; offset--)
    if (traceIds[a * 16 + offset] !== traceIds[b * 16 + offset]) return false;
  return true;
}

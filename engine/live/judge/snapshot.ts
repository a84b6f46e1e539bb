import type { SpanBatch } from '../otlp/batch.js';

/** A trace in its present state, in pieces as they came: copies of a span are still in it. */
export interface TraceSnapshot {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly pieces: readonly TracePiece[];
}

/** The spans of one request that belong to the trace. */
export interface TracePiece {
  readonly batch: SpanBatch;
  readonly rows: readonly number[];
}

/** The trace in its present state: pieces that come later are not in it. */
export function snapshotOf({ traceId, pieces }: TraceSnapshot): TraceSnapshot {
  return { traceId, pieces: [...pieces] };
}

/** Traces as they arrive: each element of `requests` is one OTLP request. */
import type { TracePiece, TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import { traceIdAt } from '../../../engine/live/otlp/batch.js';
import { decodeTraces } from '../../../engine/live/otlp/decode.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import type { Trace } from '../../../engine/otlp/model.js';

export function snapshotsOf(requests: readonly (readonly Trace[])[]): readonly TraceSnapshot[] {
  const pieces = new Map<string, TracePiece[]>();
  for (const request of requests) {
    const batch = decodeTraces(Buffer.from(protobufOf(request)));
    const rows = new Map<string, number[]>();
    for (let n = 0; n < batch.count; n++)
      rows.set(traceIdAt(batch, n), [...(rows.get(traceIdAt(batch, n)) ?? []), n]);
    for (const [id, numbers] of rows) pieces.set(id, [...(pieces.get(id) ?? []), { batch, rows: numbers }]);
  }
  return [...pieces].map(([traceId, ofTrace]) => ({ traceId, pieces: ofTrace }));
}

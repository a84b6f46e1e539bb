import { mergeTrace } from '../judge/merge.js';
import type { TracePiece } from '../judge/snapshot.js';
import { SpanIds } from './span-ids.js';

const ids = new SpanIds();

/** How many spans of a trace share their id with another span of it, copies not counted. */
export function sharingSpans(traceId: string, pieces: readonly TracePiece[]): number {
  ids.clear();
  let spans = 0;
  for (const { batch, rows } of pieces)
    for (const row of rows)
      if (ids.add(batch.spanIds, row * 8) === spans) spans++;
      else return mergeTrace({ traceId, pieces }).sharing.filter((shared) => shared > 0).length;
  return 0;
}

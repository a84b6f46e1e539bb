import { mergeTrace } from '../judge/merge.js';
import type { TracePiece } from '../judge/snapshot.js';
import { SpanIds } from './span-ids.js';

/**
 * How the spans that share an id stand to each other: of kinds that differ, as the client and the server of one call do with Zipkin;
 * or some of one kind, which nobody means.
 */
export const SHARING_KINDS = ['different', 'same'] as const;
export type SharingCounts = Record<(typeof SHARING_KINDS)[number], number>;

const ids = new SpanIds();

/** Adds how many spans of a trace share their id with another span of it, copies not counted. */
export function addSharingSpans(to: SharingCounts, traceId: string, pieces: readonly TracePiece[]): void {
  if (!sharesIds(pieces)) return;
  for (const shared of mergeTrace({ traceId, pieces }).sharing)
    if (shared > 0) to[shared === 1 ? 'different' : 'same']++;
}

function sharesIds(pieces: readonly TracePiece[]): boolean {
  ids.clear();
  let spans = 0;
  for (const { batch, rows } of pieces)
    for (const row of rows) if (ids.add(batch.spanIds, row * 8) !== spans++) return true;
  return false;
}

/** Spans that somebody has in hand, as traces of a run: no block, and no cache. */

import type { AttributeKey, ColumnNeeds } from '../plan/schema.js';
import type { StoredRun } from '../spans/stored-run.js';
import type { GivenTraces, TraceSource } from '../spans/traces.js';
import { openStore } from '../sql/open-store.js';
import { ALL_SPANS } from '../sql/relations/all-spans.js';
import { countSpans } from '../sql/relations/count.js';
import type { Window } from '../sql/relations/window.js';
import { EVENTS, LINKS, SPANS, TRACES } from '../sql/tables.js';
import { fillRelations } from './judge/fill.js';
import { mergeTrace } from './judge/merge.js';
import type { TraceSnapshot } from './judge/snapshot.js';
import { attributeKeysIn } from './otlp/attribute-keys.js';
import type { SpanBatch } from './otlp/batch.js';
import { hexAt } from './otlp/batch.js';

/** The rest is for the spans themselves. */
const DATABASE_SHARE = 0.5;

export class GivenSpans implements TraceSource {
  private readonly traces: readonly TraceSnapshot[];

  /** Spans of one trace may be in any of them, and in several. */
  constructor(private readonly batches: readonly SpanBatch[]) {
    this.traces = snapshotsOf(batches);
  }

  async attributeKeys(): Promise<readonly AttributeKey[]> {
    return attributeKeysIn(this.batches);
  }

  async run<T>(
    { window, memory, tempDirectory, signal, onProgress }: GivenTraces,
    needs: ColumnNeeds,
    work: (run: StoredRun) => Promise<T>,
  ): Promise<T> {
    const known = this.traces.map((snapshot) => ({ snapshot, merged: mergeTrace(snapshot) }));
    const chosen = known.filter(({ merged: { start, end } }) => holds(window, start, end));
    const starts = chosen.map(({ merged: { start } }) => start).sort((a, b) => (a < b ? -1 : 1));
    const [firstStart, lastStart] = [starts[0], starts.at(-1)];
    const total = chosen.reduce((sum, { merged }) => sum + merged.spans.length, 0);
    const db = await openStore({ memory: Math.floor(memory * DATABASE_SHARE), tempDirectory });
    const stop = (): void => db.interruptAll();
    signal?.addEventListener('abort', stop);
    try {
      const snapshots = chosen.map(({ snapshot }) => snapshot);
      const columns = await fillRelations(db, snapshots, needs);
      return await work({
        db,
        columns,
        blocks: { read: 0, bytes: 0, unread: [], warnings: [] },
        traces: chosen.length,
        spans: total,
        ...(firstStart === undefined ? {} : { firstStart }),
        ...(lastStart === undefined ? {} : { lastStart }),
        forEachUnit: async (evaluate, { anew = false } = {}) => {
          signal?.throwIfAborted();
          if (anew) {
            await db.drop([SPANS, TRACES, EVENTS, LINKS]);
            await fillRelations(db, snapshots, needs);
          }
          onProgress?.({ stage: 'evaluating', done: 0, total, spans: 0 });
          await evaluate(false);
          onProgress?.({ stage: 'evaluating', done: total, total, spans: total });
        },
        allTraces: TRACES,
        spansNear: () => ALL_SPANS,
        countSpans: () => countSpans(db),
        checkBlocks: () => Promise.resolve(),
      });
    } finally {
      signal?.removeEventListener('abort', stop);
      db.close();
    }
  }
}

function holds({ fromNs, toNs, holds: rule }: Window, start: bigint, end: bigint): boolean {
  const edge = rule === 'overlaps' ? end : start;
  return (fromNs === undefined || edge >= fromNs) && (toNs === undefined || start < toNs);
}

function snapshotsOf(batches: readonly SpanBatch[]): readonly TraceSnapshot[] {
  const traces = new Map<string, Map<SpanBatch, number[]>>();
  for (const batch of batches)
    for (let row = 0; row < batch.count; row++) {
      const traceId = hexAt(batch.traceIds, 16 * row, 16);
      const pieces = traces.get(traceId) ?? new Map<SpanBatch, number[]>();
      traces.set(traceId, pieces);
      const rows = pieces.get(batch) ?? [];
      pieces.set(batch, rows);
      rows.push(row);
    }
  return [...traces].map(([traceId, pieces]) => ({
    traceId,
    pieces: [...pieces].map(([batch, rows]) => ({ batch, rows })),
  }));
}

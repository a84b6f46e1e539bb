/**
 * Which blocks have traces of the range. Blocks are listed with a margin, as spans may come late, and most of those in the margin have no
 * trace that starts in the range. In a bucket the ids and starts of traces, a thirtieth of a block, are read first: of a block that has
 * none, nor a part of one, nothing else is. Traces lie in blocks by their ids, so within a block that has some, times leave out no page.
 */
import { inRange } from '../blocks/listing/block-range.js';
import type { BlockSource } from '../blocks/listing/block-source.js';
import type { ColumnNeeds } from '../plan/schema.js';
import { overStoredTraces, type StoredTraces } from '../spans/stored-run.js';

export interface InRange {
  /** Without the blocks that have nothing of the range. */
  readonly blocks: BlockSource;
  /** How many those are. */
  readonly leftOut: number;
}

/** Any question of traces needs these. */
const TIMES: ColumnNeeds = { spans: ['name'], spanAttributes: [] };

/** Undefined where no block is left out. Rejects as `overStoredTraces` does. */
export async function blocksInRange(
  traces: StoredTraces & { readonly blocks: BlockSource },
): Promise<InRange | undefined> {
  const { tenant, window, storage, blocks } = traces;
  if (storage.localPath !== undefined) return undefined;
  const listed = await blocks.list(tenant, window);
  const margin = listed.blocks.filter(
    (meta) => !inRange({ kind: 'meta', meta }, { ...window, marginNs: 0n }),
  );
  if (margin.length === 0) return undefined;
  const outside = await overStoredTraces(traces, TIMES, async ({ stored }) => {
    try {
      return await stored?.blocksOutside();
    } catch {
      // Whatever it was, reading everything meets it as well, and names it.
      traces.signal?.throwIfAborted();
      return undefined;
    }
  });
  const leftOut = new Set(margin.map(({ blockId }) => blockId).filter((id) => outside?.has(id)));
  if (leftOut.size === 0) return undefined;
  return {
    leftOut: leftOut.size,
    blocks: {
      list: async (...asked) => {
        const list = await blocks.list(...asked);
        return { ...list, blocks: list.blocks.filter(({ blockId }) => !leftOut.has(blockId)) };
      },
    },
  };
}

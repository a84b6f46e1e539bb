/** Finds one trace by its id, in any number of blocks. */

import { concurrently } from '../blocks/concurrently.js';
import { succeeds } from '../blocks/listing/block-range.js';
import type { BlockSource } from '../blocks/listing/block-source.js';
import type { Tenant } from '../blocks/listing/tenants.js';
import type { BlockMeta } from '../blocks/meta.js';
import type { BlockProblem } from '../blocks/problem.js';
import { blockProblemOf } from '../blocks/problem-of-error.js';
import type { BlockFiles, ReadCount } from '../blocks/trace/block-files.js';
import { type Fragments, readTrace, wantedTrace } from '../blocks/trace/read-trace.js';
import type { Window } from '../sql/relations/window.js';
import { mergeFragments } from './merge-fragments.js';
import type { TraceResult } from './trace-result.js';

export interface TraceLookup {
  readonly tenant: Tenant;
  readonly blocks: BlockSource;
  readonly files: BlockFiles;
  /** Blocks whose time range does not touch it are left out; the trace found is whole for all others. */
  readonly window?: Window;
  readonly signal?: AbortSignal;
}

const BLOCKS_AT_ONCE = 16;
/** Each further one means that blocks vanished: they were compacted, and the successor is in a new listing. */
const LISTINGS = 3;

/**
 * The trace with the id (16 bytes), whole: its fragments in all blocks are joined. Blocks that cannot be read are named in the result
 * and cost nothing but their part of the trace. Rejects with a `StorageError` if the tenant cannot be listed, with the
 * signal's reason, or with a bug.
 */
export async function findTrace(lookup: TraceLookup, traceId: Uint8Array): Promise<TraceResult> {
  const { tenant, blocks, files, window = {}, signal } = lookup;
  const wanted = wantedTrace(traceId);
  const count: ReadCount = { requests: 0, bytes: 0 };
  const found = new Map<string, Fragments>();
  const problems = new Map<string, BlockProblem>();
  const gone = new Map<string, BlockMeta>();
  for (let listing = 0; listing < LISTINGS; listing++) {
    const list = await blocks.list(tenant, window, listing > 0);
    for (const problem of list.unread) problems.set(problem.blockId ?? '', problem);
    // What no block took the place of stays a problem.
    for (const [id, old] of gone) if (list.blocks.some((block) => succeeds(block, old))) problems.delete(id);
    const fresh = list.blocks.filter(
      ({ blockId }) => !found.has(blockId) && !problems.has(blockId) && !gone.has(blockId),
    );
    const before = gone.size;
    await concurrently(BLOCKS_AT_ONCE, fresh, async (block) => {
      signal?.throwIfAborted();
      try {
        found.set(block.blockId, await readTrace(files, block, wanted, count));
      } catch (error) {
        const problem = blockProblemOf(block, error);
        if (!problem) throw error;
        problems.set(block.blockId, problem);
        if (problem.code === 'BT4003') gone.set(block.blockId, block);
      }
    });
    if (gone.size === before) break;
  }
  signal?.throwIfAborted();
  const resourceSpans = mergeFragments([...found.values()].flat());
  const spans = resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .reduce((sum, scopeSpans) => sum + scopeSpans.spans.length, 0);
  return {
    traceId: Buffer.from(traceId).toString('hex'),
    resourceSpans,
    inspected: {
      traces: spans > 0 ? 1 : 0,
      spans,
      bytes: count.bytes,
      blocks: found.size,
      unread: [...problems.keys()].sort().flatMap((id) => problems.get(id) ?? []),
    },
  };
}

/** Reads the blocks of a run. */
import type { Lease } from '../blocks/cache/cache.js';
import { concurrently } from '../blocks/concurrently.js';
import { succeeds } from '../blocks/listing/block-range.js';
import { listingSource } from '../blocks/listing/block-source.js';
import type { BlockMeta } from '../blocks/meta.js';
import type { BlockProblem } from '../blocks/problem.js';
import { blockProblemOf } from '../blocks/problem-of-error.js';
import type { ColumnNeeds } from '../plan/schema.js';
import type { HeldBlock } from './broken-blocks.js';
import type { StoredTraces } from './stored-run.js';

/** The blocks of a run, flat. */
export interface Reading {
  readonly held: readonly HeldBlock[];
  readonly bytes: number;
  readonly unread: readonly BlockProblem[];
  readonly warnings: readonly BlockProblem[];
}

/**
 * Flattens the blocks of the window, as many at once as there are workers, but not those that are `broken`. With `traces.only`, of each block
 * what those traces need, and of a block that has none of them nothing.
 */
export async function readBlocks(
  traces: StoredTraces,
  needs: ColumnNeeds,
  broken: ReadonlyMap<string, BlockProblem>,
): Promise<Reading> {
  const { storage, tenant, window, flatten } = traces;
  const held = new Map<string, HeldBlock>();
  const problems = new Map(broken);
  const vanishedBlocks = new Map<string, BlockMeta>();
  let warnings: readonly BlockProblem[] = [];
  let spans = 0;
  let bytes = 0;
  const read = async (block: BlockMeta, total: number): Promise<boolean> => {
    traces.signal?.throwIfAborted();
    try {
      const lease = await leaseOf(traces, block, needs);
      held.set(block.blockId, { block, lease });
      spans += lease.block.spanCount;
      bytes += block.size;
      traces.onProgress?.({ stage: 'reading', done: held.size, total, spans });
      return true;
    } catch (error) {
      const problem = traces.signal?.aborted ? undefined : blockProblemOf(block, error);
      if (problem === undefined) throw error;
      problems.set(block.blockId, problem);
      if (problem.code !== 'BT4003') return true;
      vanishedBlocks.set(block.blockId, block);
      return false;
    }
  };
  const source = traces.blocks ?? listingSource(storage);
  // A block that vanished was compacted: its traces are in a block that a new listing shows.
  for (let round = 0; round < LISTINGS; round++) {
    const list = await source.list(tenant, window, round > 0);
    warnings = list.warnings;
    for (const problem of list.unread)
      if (problem.blockId !== undefined) problems.set(problem.blockId, problem);
    // What retention or another program removed, and no block took the place of, stays a problem.
    for (const [id, gone] of vanishedBlocks)
      if (list.blocks.some((block) => succeeds(block, gone))) problems.delete(id);
    const fresh = list.blocks.filter(
      ({ blockId }) => !held.has(blockId) && !problems.has(blockId) && traces.only?.has(blockId) !== false,
    );
    const total = held.size + fresh.length;
    let vanished = false;
    await concurrently(flatten.size, fresh, async (block) => {
      vanished = !(await read(block, total)) || vanished;
    });
    if (!vanished) break;
  }
  // By time, so that what is listed of a long range is known after its first blocks.
  const inOrder = [...held.values()].sort((a, b) => byStart(a.block, b.block));
  const unreadInOrder = [...problems.keys()].sort().map((id) => problems.get(id)!);
  return { held: inOrder, bytes, unread: unreadInOrder, warnings };
}

/** Of some of its traces, no more is read of a block that the cache lacks. */
async function leaseOf(
  { cache, flatten, signal, only }: StoredTraces,
  block: BlockMeta,
  needs: ColumnNeeds,
): Promise<Lease> {
  const rows = only?.get(block.blockId);
  if (rows !== undefined && !(await cache.has(block, needs))) {
    const lease = await cache.acquireRows(
      block,
      needs,
      rows,
      async (paths) => await flatten.flattenRows(block, needs, paths, rows, signal),
    );
    if (lease !== undefined) return lease;
  }
  return await cache.acquire(block, needs, flatten.builder(block, signal));
}

function byStart(a: BlockMeta, b: BlockMeta): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  return a.blockId < b.blockId ? -1 : 1;
}

const LISTINGS = 3;

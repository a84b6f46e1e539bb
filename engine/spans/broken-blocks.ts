import type { Lease } from '../blocks/cache/cache.js';
import { CorruptError } from '../blocks/flatten/error.js';
import type { BlockMeta } from '../blocks/meta.js';
import type { BlockProblem } from '../blocks/problem.js';
import { blockProblemOf } from '../blocks/problem-of-error.js';
import { openStore } from '../sql/open-store.js';
import { isOutOfMemory } from '../sql/store/out-of-memory.js';
import type { Store } from '../sql/store/store.js';
import { checksum } from '../sql/text/operations.js';

/** A block of a run, flat. */
export interface HeldBlock {
  readonly block: BlockMeta;
  readonly lease: Lease;
}

/** The database could not read blocks of a run; their flat files are given up, so that another run reads the blocks anew. */
export class BrokenBlocks extends Error {
  override readonly name = 'BrokenBlocks';

  constructor(readonly problems: readonly BlockProblem[]) {
    super(`${problems.length} blocks cannot be read`);
  }
}

/**
 * Rejects with `BrokenBlocks` where flat files cannot be read to their end. Values are copied out of a block without a look at
 * them, so what is wrong with them shows only when the database reads them, in a statement that does not know the block. It reads
 * everything: for when something has failed.
 */
export async function checkBlocks(held: readonly HeldBlock[]): Promise<void> {
  const problems: BlockProblem[] = [];
  const db = await openStore({ threads: 1 });
  try {
    for (const { block, lease } of held) {
      const what = await unreadable(db, lease);
      const problem = what === undefined ? undefined : blockProblemOf(block, new CorruptError(what));
      if (problem === undefined) continue;
      problems.push(problem);
      await lease.discard();
    }
  } finally {
    db.close();
  }
  if (problems.length > 0) throw new BrokenBlocks(problems);
}

/** What the database says of the first file that it cannot read. */
async function unreadable(db: Store, { block }: Lease): Promise<string | undefined> {
  for (const file of [block.traces, block.spans, block.events, block.links]) {
    if (file === undefined) continue;
    try {
      await db.rows(checksum(file));
    } catch (error) {
      if (!(error instanceof Error) || isOutOfMemory(error)) throw error;
      return `has values that cannot be decoded: ${error.message.split('\n')[0]}`;
    }
  }
  return undefined;
}

/** Whether an error may come from files that the database could not read; errors of our own have names. */
export function mayBeOfBlocks(error: unknown): boolean {
  return error instanceof Error && error.name === 'Error' && !isOutOfMemory(error);
}

import type { BlockProblemCode } from './problem-codes.js';

/** Something wrong with stored blocks, as data: the rest of a replay continues and names it. */
export interface BlockProblem {
  readonly code: BlockProblemCode;
  /** A warning loses no data; an error means that a block stays unread. */
  readonly severity: 'error' | 'warning';
  readonly tenant: string;
  /** Absent when the problem is not one block's. */
  readonly blockId?: string;
  /** In the storage. */
  readonly path?: string;
  /** The block's time range, where it is known in spite of the problem. */
  readonly startNs?: bigint;
  readonly endNs?: bigint;
  /** One sentence without the block id. May hold characters of foreign files: escape it on output. */
  readonly message: string;
}

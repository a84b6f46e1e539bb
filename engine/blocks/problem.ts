/**
 * What can be wrong with stored blocks, as data: the rest of a replay goes on and names these.
 *
 * - `BT4001` a meta.json that is not what Tempo writes
 * - `BT4002` a format, or a kind of dedicated column, that is not supported
 * - `BT4003` a block that was listed and is gone
 * - `BT4004` storage that could not be read
 * - `BT4005` a tenant index that could not be read (a warning: the blocks are listed instead)
 */
export type BlockProblemCode = 'BT4001' | 'BT4002' | 'BT4003' | 'BT4004' | 'BT4005';

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

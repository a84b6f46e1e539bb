import type { BlockList } from '../../engine/blocks/listing/block-list.js';

/** What is stored for a tenant, in sum. Bytes are those of the data files of readable blocks. */
export interface StoredBlocks {
  readonly blocks: number;
  readonly unread: number;
  readonly bytes: number;
  /** Nanoseconds since the Unix epoch; undefined without a readable block. */
  readonly startNs: bigint | undefined;
  readonly endNs: bigint | undefined;
}

export function storedBlocks({ blocks, unread }: Pick<BlockList, 'blocks' | 'unread'>): StoredBlocks {
  return {
    blocks: blocks.length,
    unread: unread.length,
    bytes: blocks.reduce((sum, { size }) => sum + size, 0),
    // They are listed by their starts.
    startNs: blocks[0]?.startNs,
    endNs: blocks.map(({ endNs }) => endNs).sort((a, b) => Number(b > a) - Number(b < a))[0],
  };
}

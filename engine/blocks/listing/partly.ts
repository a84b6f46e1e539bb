import type { IdRange } from '../id-range.js';
import type { BlockSource } from './block-source.js';

/** Of every block only the traces with these ids. */
export function partly(source: BlockSource, ids: IdRange): BlockSource {
  return {
    list: async (...asked) => {
      const list = await source.list(...asked);
      return { ...list, blocks: list.blocks.map((block) => ({ ...block, ids })) };
    },
  };
}

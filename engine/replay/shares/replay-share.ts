/**
 * One share of a replay. Rules of one trace, and what rules over many traces count, are judged over a range of trace ids, of which only the pages of
 * blocks are read that hold some; a rule across traces of the flows whose key falls to the share, which lie in any traces: for these all is read.
 */
import { dividedIds } from '../../blocks/id-cuts.js';
import type { IdRange } from '../../blocks/id-range.js';
import type { BlockList } from '../../blocks/listing/block-list.js';
import { type BlockSource, listingSource } from '../../blocks/listing/block-source.js';
import { partly } from '../../blocks/listing/partly.js';
import type { StoredTraces } from '../../spans/stored-run.js';
import { MAX_SERIES } from '../over/windows.js';
import { flowRules, type RulesToReplay, replayTraces, windowCounts } from '../replay.js';
import type { ReplayShare } from './share.js';

export interface ShareOptions extends StoredTraces, Omit<RulesToReplay, 'why' | 'carries'> {
  readonly window: { readonly fromNs: bigint; readonly toNs: bigint };
  /** From 1 to `shares`. */
  readonly share: number;
  readonly shares: number;
  /** How the ids of traces are divided; by default so that shares have about as many traces each. */
  readonly ids?: readonly IdRange[];
}

/** Rejects as `replay` does. */
export async function replayShare(options: ShareOptions): Promise<ReplayShare> {
  const { storage, tenant, window, share, shares, limit, signal, maxSeries = MAX_SERIES } = options;
  const started = performance.now();
  const listed = new Set<string>();
  const source = noting(options.blocks ?? listingSource(storage), ({ blocks, unread }) => {
    for (const { blockId } of [...blocks, ...unread]) if (blockId !== undefined) listed.add(blockId);
  });
  const { blocks } = await source.list(tenant, window);
  const ids = options.ids ?? (await dividedIds(storage, blocks, shares, signal));
  const mine = { ...options, blocks: partly(source, ids[share - 1]!) };
  const result = await replayTraces(mine);
  const keyShare = { share: share - 1, of: shares };
  const flows = await flowRules({ ...options, blocks: source, keyShare }, result);
  const windows = await windowCounts({ ...mine, range: window, bucketNs: result.bucketNs });
  return {
    run: { share, shares, ...window, limit, maxSeries, ids, blocks: [...listed].sort() },
    result: { ...result, rules: [...result.rules, ...flows] },
    windows,
    elapsedMs: performance.now() - started,
  };
}

function noting(source: BlockSource, note: (list: BlockList) => void): BlockSource {
  return {
    list: async (...asked) => {
      const list = await source.list(...asked);
      note(list);
      return list;
    },
  };
}

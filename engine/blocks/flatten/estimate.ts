/** What reading blocks would take, by the footers of some of them. */
import type { ColumnNeeds } from '../../plan/schema.js';
import { concurrently } from '../concurrently.js';
import type { BlockMeta } from '../meta.js';
import type { Storage } from '../storage.js';
import { fetchFooter, readingCost } from './fetch.js';
import { planBlock } from './plan.js';

export interface Estimate {
  readonly blocks: number;
  /** Of their data files. */
  readonly size: number;
  /** Blocks whose footers were read for it; the others are taken to be like them. */
  readonly sampled: number;
  /** Without those for the list of blocks. */
  readonly requests: number;
  readonly bytes: number;
}

/** So many footers are read, spread over blocks by size: the layout of columns is much the same in all. */
const SAMPLE = 32;
const AT_ONCE = 16;

/** Blocks that the cache has already cost nothing; it is not looked at here. Blocks that cannot be read do not count. */
export async function estimateReading(
  storage: Storage,
  blocks: readonly BlockMeta[],
  needs: ColumnNeeds,
): Promise<Estimate> {
  const bySize = blocks.toSorted((a, b) => a.size - b.size);
  const step = Math.max(1, bySize.length / SAMPLE);
  const sample = Array.from(
    { length: Math.min(SAMPLE, bySize.length) },
    (_, n) => bySize[Math.floor(n * step)]!,
  );
  const seen = { blocks: 0, size: 0, requests: 0, bytes: 0 };
  await concurrently(AT_ONCE, sample, async (block) => {
    try {
      const { footer, bytesRead } = await fetchFooter(storage, block);
      const cost = readingCost(footer, planBlock(footer, block, needs, true).leaves);
      seen.blocks++;
      seen.size += block.size;
      seen.requests += cost.requests + 1;
      seen.bytes += cost.bytes + bytesRead;
    } catch {
      // Whoever reads it reports what is wrong with it.
    }
  });
  const size = blocks.reduce((sum, block) => sum + block.size, 0);
  const scale = (value: number, part: number, all: number): number =>
    part === 0 ? 0 : Math.round((value * all) / part);
  return {
    blocks: blocks.length,
    size,
    sampled: seen.blocks,
    requests: scale(seen.requests, seen.blocks, blocks.length),
    bytes: scale(seen.bytes, seen.size, size),
  };
}

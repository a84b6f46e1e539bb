/** What reading blocks would take, by the footers of some of them. */
import type { ColumnNeeds } from '../../plan/schema.js';
import { concurrently } from '../concurrently.js';
import type { BlockMeta } from '../meta.js';
import type { Storage } from '../storage.js';
import { fetchFooter, type ReadingCost, readingCost } from './fetch.js';
import { planBlock } from './plan.js';

/** What reading all needed columns takes, without the list of blocks. */
export interface Estimate extends ReadingCost {
  readonly blocks: number;
  /** Of their data files. */
  readonly size: number;
  /** Blocks whose footers were read for it; the others are taken to be like them. */
  readonly sampled: number;
  /** What reading the columns takes that come first, where others may not be read at all. */
  readonly first?: ReadingCost;
}

/** So many footers are read, spread over blocks by size: the layout of columns is much the same in all. */
const SAMPLE = 32;
const AT_ONCE = 16;

/**
 * Blocks that the cache has already cost nothing; it is not looked at here. Blocks that cannot be read do not count. `first`: the columns
 * that are read before the others.
 */
export async function estimateReading(
  storage: Storage,
  blocks: readonly BlockMeta[],
  needs: ColumnNeeds,
  first?: ColumnNeeds,
): Promise<Estimate> {
  const bySize = blocks.toSorted((a, b) => a.size - b.size);
  const step = Math.max(1, bySize.length / SAMPLE);
  const sample = Array.from(
    { length: Math.min(SAMPLE, bySize.length) },
    (_, n) => bySize[Math.floor(n * step)]!,
  );
  const seen = { blocks: 0, size: 0 };
  const all = { requests: 0, bytes: 0 };
  const before = { requests: 0, bytes: 0 };
  await concurrently(AT_ONCE, sample, async (block) => {
    try {
      const { footer, bytesRead } = await fetchFooter(storage, block);
      const costs = [needs, first ?? needs].map((columns) =>
        readingCost(footer, planBlock(footer, block, columns).leaves),
      );
      seen.blocks++;
      seen.size += block.size;
      for (const [n, sum] of [all, before].entries()) {
        sum.requests += costs[n]!.requests + 1;
        sum.bytes += costs[n]!.bytes + bytesRead;
      }
    } catch {
      // Whoever reads it reports what is wrong with it.
    }
  });
  const size = blocks.reduce((sum, block) => sum + block.size, 0);
  const scale = (value: number, part: number, whole: number): number =>
    part === 0 ? 0 : Math.round((value * whole) / part);
  const ofAll = ({ requests, bytes }: ReadingCost): ReadingCost => ({
    requests: scale(requests, seen.blocks, blocks.length),
    bytes: scale(bytes, seen.size, size),
  });
  return {
    blocks: blocks.length,
    size,
    sampled: seen.blocks,
    ...ofAll(all),
    ...(first === undefined ? {} : { first: ofAll(before) }),
  };
}

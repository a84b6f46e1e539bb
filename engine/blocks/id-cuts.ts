/** Where to divide the traces of blocks by their ids, so that every range has about as many of them. */
import { concurrently } from './concurrently.js';
import { fetchFooter, fetchPieces } from './flatten/fetch.js';
import type { ColumnChunk, RowGroup } from './flatten/parquet/footer.js';
import { readColumnIndex, readOffsetIndex } from './flatten/parquet/page-index.js';
import type { IdRange } from './id-range.js';
import type { BlockMeta } from './meta.js';
import type { Storage } from './storage.js';

/** Blocks whose statistics are read, spread over all by size: ids of all blocks are alike. */
const SAMPLE = 32;
const AT_ONCE = 8;
/** Of a block of more row groups these tell enough, without their pages. */
const MOST_GROUPS = 8;

/** Traces with ids between two of them, the second included. */
export interface Stretch {
  readonly min: number;
  readonly max: number;
  readonly traces: number;
  /** The first id: a page of ids begins with it, so that a cut there divides no page. */
  readonly first: string;
}

/**
 * The ranges of ids of `parts` shares of the traces of the blocks, together all ids. Statistics tell, so they are about as large whatever ids
 * look like; the same blocks give the same ranges. Blocks that cannot be read do not count: whoever reads them gets the error.
 */
export async function dividedIds(
  storage: Storage,
  blocks: readonly BlockMeta[],
  parts: number,
  signal?: AbortSignal,
): Promise<readonly IdRange[]> {
  if (parts === 1) return [{}];
  const bySize = blocks.toSorted((a, b) => a.size - b.size || (a.blockId < b.blockId ? -1 : 1));
  const step = Math.max(1, bySize.length / SAMPLE);
  const sample = Array.from(
    { length: Math.min(SAMPLE, bySize.length) },
    (_, n) => bySize[Math.floor(n * step)]!,
  );
  const found: Stretch[][] = sample.map(() => []);
  await concurrently(AT_ONCE, [...sample.entries()], async ([n, block]) => {
    signal?.throwIfAborted();
    found[n] = await stretchesOf(storage, block).catch(() => []);
  });
  return divided(found.flat(), parts);
}

/** Without statistics the ranges are equally wide. */
export function divided(stretches: readonly Stretch[], parts: number): readonly IdRange[] {
  const cuts = cutsOf(stretches, parts);
  return Array.from({ length: cuts.length + 1 }, (_, n) => ({
    ...(n === 0 ? {} : { from: cuts[n - 1]! }),
    ...(n === cuts.length ? {} : { to: cuts[n]! }),
  }));
}

async function stretchesOf(storage: Storage, block: BlockMeta): Promise<Stretch[]> {
  const { footer } = await fetchFooter(storage, block);
  const leaf = footer.leaves.get('TraceID');
  if (leaf === undefined) return [];
  const { rowGroups } = footer;
  const all = await Promise.all(
    rowGroups.map(async (group) => {
      const chunk = group.chunks[leaf.number]!;
      const pages = rowGroups.length > MOST_GROUPS ? undefined : await pagesOf(storage, block, group, chunk);
      return pages ?? [stretch(chunk.min, chunk.max, group.rows)];
    }),
  );
  return all.flat().filter((found) => found !== undefined);
}

async function pagesOf(storage: Storage, { dataPath }: BlockMeta, { rows }: RowGroup, chunk: ColumnChunk) {
  const { offsetIndex, columnIndex } = chunk;
  if (offsetIndex === undefined || columnIndex === undefined) return undefined;
  const { read } = await fetchPieces(storage, dataPath, [offsetIndex, columnIndex], 1);
  const places = readOffsetIndex(read(offsetIndex), chunk, rows);
  const bounds = readColumnIndex(read(columnIndex), places.length);
  return places.map(({ firstRow, lastRow }, n) =>
    stretch(bounds[n]?.min, bounds[n]?.max, lastRow - firstRow),
  );
}

export function stretch(
  min: Uint8Array | undefined,
  max: Uint8Array | undefined,
  traces: number,
): Stretch | undefined {
  if (min?.length !== ID_BYTES || max?.length !== ID_BYTES) return undefined;
  const first = Buffer.from(min).toString('hex');
  return { min: Number(`0x${first}`), max: Number(`0x${Buffer.from(max).toString('hex')}`), traces, first };
}

const ID_BYTES = 16;
const IDS = 2 ** 128;

/** `parts` - 1 ids, ascending. */
function cutsOf(stretches: readonly Stretch[], parts: number): readonly string[] {
  const total = stretches.reduce((sum, { traces }) => sum + traces, 0);
  const below = (id: number): number =>
    stretches.reduce((sum, { min, max, traces }) => {
      const part = max > min ? (id - min) / (max - min) : id > min ? 1 : 0;
      return sum + traces * Math.min(1, Math.max(0, part));
    }, 0);
  const starts = stretches.map(({ min, first }) => ({ first, before: below(min) }));
  return Array.from({ length: parts - 1 }, (_, n) => {
    const share = (n + 1) / parts;
    if (total === 0) return hexOf(share * IDS);
    const wanted = share * total;
    // A little more or less for one share is less than a page read twice.
    const near = starts
      .map(({ first, before }) => ({ first, off: Math.abs(before - wanted) }))
      .filter(({ off }) => off <= total / (8 * parts))
      .sort((a, b) => a.off - b.off || (a.first < b.first ? -1 : 1));
    return near[0]?.first ?? hexOf(idWith(below, wanted));
  }).sort();
}

/** The id below which so many traces are. */
function idWith(below: (id: number) => number, wanted: number): number {
  let [low, high] = [0, IDS];
  for (let step = 0; step < 128; step++) {
    const middle = low + (high - low) / 2;
    if (below(middle) < wanted) low = middle;
    else high = middle;
  }
  return high;
}

function hexOf(id: number): string {
  const most = (1n << 128n) - 1n;
  const whole = BigInt(Math.floor(id));
  return (whole > most ? most : whole).toString(16).padStart(32, '0');
}

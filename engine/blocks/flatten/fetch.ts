/** Reads the needed byte ranges of a block, few and large. */
import type { BlockMeta } from '../meta.js';
import type { Storage } from '../storage.js';
import { CorruptError } from './error.js';
import { type Footer, footerLength, type RowGroup, readFooter, TAIL_BYTES } from './parquet/footer.js';
import type { Leaf } from './parquet/schema-tree.js';

/** A gap of fewer bytes is read along: cheaper than a request more, above all from object storage. */
const GAP = 1 << 17;
/** A request of at most so many bytes, so that several run at once. */
const LONGEST = 1 << 24;

interface Range {
  readonly start: number;
  end: number;
  readonly leaves: { readonly leaf: Leaf; readonly start: number; readonly end: number }[];
}

export interface Fetched {
  /** The bytes of each column chunk, by leaf number. */
  readonly chunks: ReadonlyMap<number, Uint8Array>;
  readonly bytesRead: number;
}

/** What is asked for to have the chunks of `leaves`, of which those without any value are left out: those that lie close together at once. */
function rangesOf(group: RowGroup, leaves: readonly Leaf[]): readonly Range[] {
  const wanted = [...new Set(leaves)]
    .map((leaf) => ({ leaf, chunk: group.chunks[leaf.number]! }))
    .filter(({ chunk }) => chunk.nulls !== chunk.entries || chunk.entries === 0)
    .map(({ leaf, chunk }) => ({ leaf, start: chunk.start, end: chunk.end }))
    .sort((a, b) => a.start - b.start);
  const ranges: Range[] = [];
  for (const piece of wanted) {
    const last = ranges.at(-1);
    if (last && piece.start - last.end < GAP && piece.end - last.start <= LONGEST) {
      last.end = Math.max(last.end, piece.end);
      last.leaves.push(piece);
    } else ranges.push({ start: piece.start, end: piece.end, leaves: [piece] });
  }
  return ranges;
}

/** Requests and bytes that reading `leaves` of all row groups takes. */
export function readingCost(
  { rowGroups }: Footer,
  leaves: readonly Leaf[],
): { readonly requests: number; readonly bytes: number } {
  const ranges = rowGroups.flatMap((group) => rangesOf(group, leaves));
  return {
    requests: ranges.length,
    bytes: ranges.reduce((sum, { start, end }) => sum + end - start, 0),
  };
}

/** The chunks of `leaves` in a row group; chunks without any value are left out. Rejects with `StorageError`. */
export async function fetchChunks(
  storage: Storage,
  path: string,
  group: RowGroup,
  leaves: readonly Leaf[],
): Promise<Fetched> {
  const ranges = rangesOf(group, leaves);
  const chunks = new Map<number, Uint8Array>();
  let bytesRead = 0;
  await Promise.all(
    ranges.map(async (range) => {
      const read = await storage.readRange(path, range.start, range.end);
      // A `Buffer` would pass its class on to all parts of it, and has a `slice` of its own.
      const bytes = new Uint8Array(read.buffer, read.byteOffset, read.byteLength);
      if (bytes.length !== range.end - range.start) throw new CorruptError('is shorter than its footer says');
      bytesRead += bytes.length;
      for (const { leaf, start, end } of range.leaves) {
        chunks.set(leaf.number, bytes.subarray(start - range.start, end - range.start));
      }
    }),
  );
  return { chunks, bytesRead };
}

export interface FetchedFooter {
  readonly footer: Footer;
  readonly bytesRead: number;
  /** The end of the file that was read for it, from this byte on. */
  readonly tail: { readonly start: number; readonly bytes: Uint8Array };
}

/** The footer in one request where meta.json knows its length, with so many bytes before it. */
export async function fetchFooter(storage: Storage, block: BlockMeta, before = 0): Promise<FetchedFooter> {
  const path = block.dataPath;
  const size = block.size > 0 ? block.size : await storage.size(path);
  if (size < 2 * TAIL_BYTES) throw new CorruptError('is too short for a parquet file');
  const guess = Math.min(size, (block.footerSize > 0 ? block.footerSize : 1 << 16) + TAIL_BYTES + before);
  const bytes = await storage.readRange(path, size - guess, size);
  const tail = { start: size - guess, bytes };
  const length = footerLength(bytes, size);
  const missing = length + TAIL_BYTES - guess;
  if (missing <= 0) {
    const own = bytes.subarray(guess - TAIL_BYTES - length, guess - TAIL_BYTES);
    return { footer: readFooter(own, size), bytesRead: guess, tail };
  }
  const whole = await storage.readRange(path, size - TAIL_BYTES - length, size - TAIL_BYTES);
  return { footer: readFooter(whole, size), bytesRead: guess + length, tail };
}

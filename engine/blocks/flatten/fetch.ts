/** Reads the needed byte ranges of a block, few and large. */
import type { BlockMeta } from '../meta.js';
import type { ByteRange, Storage } from '../storage.js';
import { CorruptError } from './error.js';
import {
  type ColumnChunk,
  type Footer,
  footerLength,
  type RowGroup,
  readFooter,
  TAIL_BYTES,
} from './parquet/footer.js';
import type { Leaf } from './parquet/schema-tree.js';

/** A gap of fewer bytes is read along: cheaper than a request more, above all from object storage. */
const GAP = 1 << 17;
/** A request of at most so many bytes, so that several run at once. */
const LONGEST = 1 << 24;

interface Range {
  readonly start: number;
  end: number;
  readonly pieces: ByteRange[];
}

export interface Fetched {
  /** The bytes of each column chunk, by leaf number. */
  readonly chunks: ReadonlyMap<number, Uint8Array>;
  readonly bytesRead: number;
}

/** The chunks of `leaves`; those without any value are left out. */
function chunksOf(group: RowGroup, leaves: readonly Leaf[]): readonly (readonly [Leaf, ColumnChunk])[] {
  return [...new Set(leaves)]
    .map((leaf) => [leaf, group.chunks[leaf.number]!] as const)
    .filter(([, chunk]) => hasValues(chunk));
}

export function hasValues({ nulls, entries }: ColumnChunk): boolean {
  return nulls !== entries || entries === 0;
}

/** What is asked for to have the pieces of a file: those that lie less than `gap` bytes apart at once. */
function rangesOf(pieces: readonly ByteRange[], gap = GAP): readonly Range[] {
  const ranges: Range[] = [];
  for (const piece of pieces.toSorted((a, b) => a.start - b.start)) {
    const last = ranges.at(-1);
    if (last && piece.start - last.end < gap && piece.end - last.start <= LONGEST) {
      last.end = Math.max(last.end, piece.end);
      last.pieces.push(piece);
    } else ranges.push({ start: piece.start, end: piece.end, pieces: [piece] });
  }
  return ranges;
}

export interface ReadingCost {
  readonly requests: number;
  readonly bytes: number;
}

/** What `fetchPieces` takes. */
export function costOf(pieces: readonly ByteRange[], gap?: number): ReadingCost {
  const ranges = rangesOf(pieces, gap);
  return {
    requests: ranges.length,
    bytes: ranges.reduce((sum, { start, end }) => sum + end - start, 0),
  };
}

/** What reading `leaves` of all row groups takes. */
export function readingCost({ rowGroups }: Footer, leaves: readonly Leaf[]): ReadingCost {
  const costs = rowGroups.map((group) => costOf(chunksOf(group, leaves).map(([, chunk]) => chunk)));
  return {
    requests: costs.reduce((sum, { requests }) => sum + requests, 0),
    bytes: costs.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** The chunks of `leaves` in a row group; chunks without any value are left out. Rejects with `StorageError`. */
export async function fetchChunks(
  storage: Storage,
  path: string,
  group: RowGroup,
  leaves: readonly Leaf[],
): Promise<Fetched> {
  const wanted = chunksOf(group, leaves);
  const { read, bytesRead } = await fetchPieces(
    storage,
    path,
    wanted.map(([, chunk]) => chunk),
  );
  return { chunks: new Map(wanted.map(([leaf, chunk]) => [leaf.number, read(chunk)])), bytesRead };
}

export interface FetchedPieces {
  /** The bytes of one of the pieces. */
  readonly read: (piece: ByteRange) => Uint8Array;
  readonly bytesRead: number;
}

/** Pieces of a file, those that lie less than `gap` bytes apart in one request. Rejects with `StorageError`, `CorruptError`. */
export async function fetchPieces(
  storage: Storage,
  path: string,
  pieces: readonly ByteRange[],
  gap?: number,
): Promise<FetchedPieces> {
  const found = new Map<ByteRange, Uint8Array>();
  let bytesRead = 0;
  await Promise.all(
    rangesOf(pieces, gap).map(async (range) => {
      const read = await storage.readRange(path, range.start, range.end);
      // A `Buffer` would pass its class on to all parts of it, and has a `slice` of its own.
      const bytes = new Uint8Array(read.buffer, read.byteOffset, read.byteLength);
      if (bytes.length !== range.end - range.start) throw new CorruptError('is shorter than its footer says');
      bytesRead += bytes.length;
      for (const piece of range.pieces)
        found.set(piece, bytes.subarray(piece.start - range.start, piece.end - range.start));
    }),
  );
  return { read: (piece) => found.get(piece) ?? new Uint8Array(0), bytesRead };
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

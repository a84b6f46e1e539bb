/** What a look-up reads of blocks, and keeps: blocks never change, so what was read once stays right. */
import { type BloomFilter, parseBloom } from '../bloom.js';
import { BoundedCache } from '../bounded-cache.js';
import { CorruptError, corrupt } from '../flatten/error.js';
import { type FetchedFooter, fetchFooter } from '../flatten/fetch.js';
import { type ByteArrays, decodeByteArrays } from '../flatten/parquet/byte-arrays.js';
import type { ColumnChunk, Footer } from '../flatten/parquet/footer.js';
import {
  type PageBounds,
  type PagePlace,
  readColumnIndex,
  readOffsetIndex,
} from '../flatten/parquet/page-index.js';
import { type DictionaryPage, pageBody, readPage } from '../flatten/parquet/pages.js';
import { Encoding } from '../flatten/parquet/parquet-format.js';
import type { Leaf } from '../flatten/parquet/schema-tree.js';
import type { BlockMeta } from '../meta.js';
import { type ByteRange, isNotFound, readRanges, type Storage, StorageError } from '../storage.js';

/** What was read from storage. */
export interface ReadCount {
  requests: number;
  bytes: number;
}

/** The pages of one column chunk. */
export interface ChunkPages {
  readonly places: readonly PagePlace[];
  /** Absent where the writer gave no bounds. */
  readonly bounds: readonly PageBounds[] | undefined;
}

/** The page index of one row group by leaf number; columns without one are left out. */
export type GroupIndex = ReadonlyMap<number, ChunkPages>;

/** A dictionary, decoded; which of the two it is depends on the column's type. */
export type Dictionary =
  | { readonly kind: 'texts'; readonly texts: ByteArrays }
  | { readonly kind: 'numbers'; readonly page: DictionaryPage; readonly plain: Uint8Array };

/** Shares of the whole bound; filters are many, the others are large. */
const BLOOM_SHARE = 0.6;
const FOOTER_SHARE = 0.2;
const DICTIONARY_SHARE = 0.2;
const DEFAULT_CACHE_BYTES = 192 * 1024 * 1024;
/** Tempo's shards are 100 KiB unless configured otherwise. */
const MAX_BLOOM_BYTES = 64 * 1024 * 1024;
/** A gap of fewer bytes is read along: cheaper than a request more, above all over a network. */
const GAP = 1 << 15;
const REMOTE_GAP = 1 << 20;
/** Bytes before the footer of a small block that hold its page indexes. */
const LEAST_INDEX = 1 << 16;
/** What a decoded footer or page index takes, measured in bytes of the file. */
const DECODED_FOOTER = 6;

export interface BlockFilesOptions {
  /** Bytes of memory that are kept from one look-up to the next, about. */
  readonly cacheBytes?: number;
}

export class BlockFiles {
  private readonly blooms: BoundedCache<BloomFilter | 'none'>;
  private readonly footers: BoundedCache<FetchedFooter>;
  private readonly indexes: BoundedCache<{ readonly index: GroupIndex; readonly bytes: number }>;
  private readonly dictionaries: BoundedCache<Dictionary>;

  constructor(
    readonly storage: Storage,
    { cacheBytes = DEFAULT_CACHE_BYTES }: BlockFilesOptions = {},
  ) {
    this.blooms = new BoundedCache(cacheBytes * BLOOM_SHARE, (filter) =>
      filter === 'none' ? 200 : filter.words.length + 200,
    );
    const footers = (cacheBytes * FOOTER_SHARE) / 2;
    this.footers = new BoundedCache(footers, ({ bytesRead }) => bytesRead * DECODED_FOOTER);
    this.indexes = new BoundedCache(footers, ({ bytes }) => bytes * DECODED_FOOTER);
    this.dictionaries = new BoundedCache(cacheBytes * DICTIONARY_SHARE, dictionaryBytes);
  }

  /** Bytes kept now. */
  get cachedBytes(): number {
    return this.blooms.bytes + this.footers.bytes + this.indexes.bytes + this.dictionaries.bytes;
  }

  /** `'none'` for a block without that filter, which may hold anything. Rejects with `StorageError`, `CorruptError`. */
  async bloom(block: BlockMeta, shard: number, count: ReadCount): Promise<BloomFilter | 'none'> {
    const path = `${block.dataPath.slice(0, -DATA_FILE.length)}bloom-${shard}`;
    return await this.blooms.get(path, async () => {
      try {
        const bytes = await this.storage.read(path, MAX_BLOOM_BYTES);
        add(count, bytes);
        return parseBloom(bytes);
      } catch (error) {
        if (isNotFound(error)) return 'none';
        throw error instanceof StorageError && error.kind === 'range'
          ? new CorruptError('the bloom filter is too long')
          : error;
      }
    });
  }

  async footer(block: BlockMeta, count: ReadCount): Promise<Footer> {
    return (await this.ended(block, count)).footer;
  }

  /** Page indexes are right before the footer: over a network both come with one request. */
  private async ended(block: BlockMeta, count: ReadCount): Promise<FetchedFooter> {
    return await this.footers.get(block.dataPath, async () => {
      const before = this.isRemote ? Math.max(LEAST_INDEX, block.footerSize) : 0;
      const fetched = await fetchFooter(this.storage, block, before);
      count.requests++;
      count.bytes += fetched.bytesRead;
      return fetched;
    });
  }

  private get isRemote(): boolean {
    return this.storage.localPath === undefined;
  }

  /** Of ranges in their order: gaps of fewer bytes between them are read along. */
  private gapOf(ranges: readonly ByteRange[]): number {
    const { joinWithin = 0 } = this.storage;
    const [first, last] = [ranges[0], ranges.at(-1)];
    if (first && last && last.end - first.start <= joinWithin) return joinWithin;
    return this.isRemote ? REMOTE_GAP : GAP;
  }

  async groupIndex(block: BlockMeta, footer: Footer, group: number, count: ReadCount): Promise<GroupIndex> {
    const { index } = await this.indexes.get(`${block.dataPath}\0${group}`, async () => {
      const { chunks = [], rows = 0 } = footer.rowGroups[group] ?? {};
      const indexed = [...footer.leaves.values()].flatMap((leaf) => {
        const chunk = chunks[leaf.number];
        return chunk?.offsetIndex
          ? [{ leaf, chunk, places: chunk.offsetIndex, bounds: chunk.columnIndex }]
          : [];
      });
      const ranges = indexed.flatMap(({ places, bounds }) => [places, ...(bounds ? [bounds] : [])]);
      const { tail } = await this.ended(block, count);
      const known = ranges.every(({ start }) => start >= tail.start);
      const read = known
        ? ({ start, end }: ByteRange) => tail.bytes.subarray(start - tail.start, end - tail.start)
        : await this.read(block, ranges, count);
      const found = new Map<number, ChunkPages>();
      for (const { leaf, chunk, places, bounds } of indexed) {
        const pages = readOffsetIndex(read(places), chunk, rows);
        found.set(leaf.number, {
          places: pages,
          bounds: bounds && readColumnIndex(read(bounds), pages.length),
        });
      }
      return { index: found, bytes: ranges.reduce((sum, { start, end }) => sum + end - start, 0) };
    });
    return index;
  }

  hasDictionary(block: BlockMeta, chunk: ColumnChunk): boolean {
    return this.dictionaries.has(dictionaryKey(block, chunk));
  }

  /** The dictionary of a column chunk from the bytes before its first data page. Throws `CorruptError`. */
  async dictionary(
    block: BlockMeta,
    leaf: Leaf,
    chunk: ColumnChunk,
    load: () => Promise<Uint8Array>,
  ): Promise<Dictionary> {
    return await this.dictionaries.get(dictionaryKey(block, chunk), async () => {
      const { page } = readPage(await load(), 0, leaf, chunk);
      if (page.kind !== 'dictionary')
        return corrupt(`column ${leaf.path} has no dictionary where one should be`);
      return decodeDictionary(page.page, leaf);
    });
  }

  /**
   * Reads ranges of a data file, those that lie close together in one request, or all of them where the storage wants it so. The result gives the bytes of each range
   * asked for. Rejects with a `StorageError`.
   */
  async read(
    block: BlockMeta,
    ranges: readonly ByteRange[],
    count: ReadCount,
  ): Promise<(range: ByteRange) => Uint8Array> {
    const sorted = [...ranges].sort((a, b) => a.start - b.start);
    const gap = this.gapOf(sorted);
    const joined: { start: number; end: number }[] = [];
    for (const { start, end } of sorted) {
      const last = joined.at(-1);
      if (last && start - last.end < gap) last.end = Math.max(last.end, end);
      else joined.push({ start, end });
    }
    const read = joined.length === 0 ? [] : await readRanges(this.storage, block.dataPath, joined);
    for (const bytes of read) add(count, bytes);
    return ({ start, end }) => {
      const index = joined.findIndex((range) => range.start <= start && end <= range.end);
      const bytes = read[index];
      const first = joined[index]?.start ?? 0;
      if (!bytes || bytes.length < end - first) return corrupt('is shorter than its footer says');
      // A `Buffer` would pass its class on to all parts of it.
      return new Uint8Array(bytes.buffer, bytes.byteOffset + start - first, end - start);
    };
  }
}

function dictionaryKey(block: BlockMeta, chunk: ColumnChunk): string {
  return `${block.dataPath}\0${chunk.start}`;
}

const DATA_FILE = 'data.parquet';

function add(count: ReadCount, bytes: Uint8Array): void {
  count.requests++;
  count.bytes += bytes.length;
}

/** A page's dictionary, for a column of its type. Throws `CorruptError`. */
export function decodeDictionary(page: DictionaryPage, leaf: Leaf): Dictionary {
  const plain = pageBody(page);
  return leaf.type === TEXT
    ? { kind: 'texts', texts: decodeByteArrays(plain, Encoding.PLAIN, page.entries) }
    : { kind: 'numbers', page, plain };
}

/** `BYTE_ARRAY` of parquet.thrift. */
const TEXT = 6;

function dictionaryBytes(dictionary: Dictionary): number {
  return dictionary.kind === 'texts'
    ? dictionary.texts.heap.length + dictionary.texts.count * 8 + 200
    : dictionary.plain.length + 200;
}

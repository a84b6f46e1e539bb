/**
 * Flat blocks on disk, kept from run to run: blocks never change, so an entry is right for ever and only space ends it.
 * Safe for several processes on one directory and for a kill at any moment.
 *
 * A column is made once. Where an entry lacks some of what is asked for, the next one has its columns and those; it takes the place of the
 * former, which leaves when nobody uses it any more. Files themselves never change: readers may finish with one.
 */
import { basename, dirname, resolve } from 'node:path';
import type { ColumnNeeds } from '../../plan/schema.js';
import type { FlatBlock, FlatRequest } from '../../sql/relations/flat.js';
import type { FlatBase } from '../flatten/flat/paths.js';
import type { BlockMeta } from '../meta.js';
import { CacheDirectory, type StoredEntry } from './cache-directory.js';
import {
  entryBytes,
  type FlatPaths,
  flatBlockOf,
  flatPaths,
  isIntact,
  lastUse,
  type Manifest,
  readManifest,
  touch,
  writeManifest,
} from './cache-entry.js';
import { blockKey, needsKey, rowsKey } from './cache-key.js';
import { exclusively, isPinned, pin } from './cache-pins.js';
import { allColumns, columnCount, covers } from './column-sets.js';

const DEFAULT_CACHE_BYTES = 4 * 1024 ** 3;

/**
 * Writes the flat files of a block into `paths`, with the columns of `needs`, those of `base` taken over. What it rejects with reaches the
 * caller of `acquire`.
 */
export type BuildFlatBlock = (paths: FlatPaths, needs: ColumnNeeds, base?: FlatBase) => Promise<FlatBlock>;

/**
 * The right to read a flat block. This process evicts nothing that is leased; another process may, as files that are
 * open stay readable, but a path that is not open yet may vanish: when reading fails and `intact` says no, release and
 * acquire again (`withFlatBlock` does).
 */
export interface Lease {
  readonly block: FlatBlock;
  intact(): Promise<boolean>;
  /** Gives up an entry whose content proved broken, and what shares content with it: the next `acquire` builds anew. Releases. */
  discard(): Promise<void>;
  release(): void;
}

export interface FlatCache {
  readonly directory: string;
  /** A cached entry with at least the needed columns, else what `build` makes. */
  acquire(block: BlockMeta, needs: FlatRequest, build: BuildFlatBlock): Promise<Lease>;
  /** Whether `acquire` would find it. */
  has(block: BlockMeta, needs: FlatRequest): Promise<boolean>;
  /** Files of some traces of the block, which are right for these alone: those that were made for the same, else what `build` makes; undefined where it makes nothing. */
  acquireRows(
    block: BlockMeta,
    needs: FlatRequest,
    rows: readonly number[],
    build: (paths: FlatPaths) => Promise<FlatBlock | undefined>,
  ): Promise<Lease | undefined>;
  /** Runs `use` under a lease, once more if files vanished under it. */
  withFlatBlock<T>(
    block: BlockMeta,
    needs: FlatRequest,
    build: BuildFlatBlock,
    use: (flat: FlatBlock) => Promise<T>,
  ): Promise<T>;
  /** Removes what this process has half written, at once: for exits by a signal. */
  removeOwnTemporariesNow(): void;
}

export interface CacheOptions {
  readonly directory: string;
  /** The least recently used entries beyond this go; leased ones stay, so it may be exceeded for a while. */
  readonly maxBytes?: number;
}

/** Rejections of the file system (a full disk, no permission) reach the caller as they are. */
export function openFlatCache(options: CacheOptions): FlatCache {
  return new DiskCache(
    new CacheDirectory(resolve(options.directory)),
    options.maxBytes ?? DEFAULT_CACHE_BYTES,
  );
}

/** Each further attempt means that an entry vanished or was damaged right after it was made. */
const MAX_ATTEMPTS = 5;
const SWEEP_EVERY_MS = 3_600_000;
/** How long an entry is kept that has nothing that another one lacks: other processes may be reading it. */
const SUPERSEDED_MS = 600_000;

/** An entry with its files as they were written. */
interface Found {
  readonly directory: string;
  readonly manifest: Manifest;
}

interface Built {
  readonly bytesRead: number;
  readonly unpin: () => void;
}

class DiskCache implements FlatCache {
  /** Running builds by block: of one block there is one at a time, so that the next has what it made. */
  private readonly building = new Map<string, Promise<unknown>>();
  /** What is asked for and not there, by block. */
  private readonly wanted = new Map<string, Set<ColumnNeeds>>();
  private sweptAt = 0;
  /** What the entries took when last counted, and what was added since; other processes add more. */
  private countedBytes = Number.POSITIVE_INFINITY;
  private addedBytes = 0;

  constructor(
    private readonly files: CacheDirectory,
    private readonly maxBytes: number,
  ) {}

  get directory(): string {
    return this.files.root;
  }

  async acquire(block: BlockMeta, needs: FlatRequest, build: BuildFlatBlock): Promise<Lease> {
    await this.sweepNowAndThen();
    const key = blockKey(block);
    const found = await exclusively(() => this.find(key, needs, 0));
    if (found) return found;
    const wanted = this.wanted.get(key) ?? new Set();
    this.wanted.set(key, wanted.add(needs));
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; ) {
        const running = this.building.get(key);
        let built: Built | undefined;
        if (running === undefined) {
          attempt++;
          built = await this.buildAlone(key, allColumns([...wanted]), build);
          // What another asked for fails only the other.
        } else await running.catch(() => undefined);
        const lease = await exclusively(() => this.find(key, needs, built?.bytesRead ?? 0)).finally(
          built?.unpin,
        );
        if (lease) return lease;
      }
      throw new Error(
        `the cache entries in ${this.files.entryPath(key, '')} cannot be kept: another program damages or removes them`,
      );
    } finally {
      wanted.delete(needs);
      if (wanted.size === 0) this.wanted.delete(key);
    }
  }

  async has(block: BlockMeta, needs: FlatRequest): Promise<boolean> {
    const found = await exclusively(() =>
      this.best(blockKey(block), (manifest) => covers(manifest.needs, needs)),
    );
    return found !== undefined;
  }

  async acquireRows(
    block: BlockMeta,
    needs: ColumnNeeds,
    rows: readonly number[],
    build: (paths: FlatPaths) => Promise<FlatBlock | undefined>,
  ): Promise<Lease | undefined> {
    const key = blockKey(block);
    const ofRows = rowsKey(needs, rows);
    const entry = this.files.entryPath(key, ofRows);
    const find = async (bytesRead: number): Promise<Lease | undefined> => {
      const manifest = await readManifest(entry);
      if (manifest?.rows !== ofRows || !(await isIntact(entry, manifest))) return undefined;
      await touch(entry);
      return this.lease(key, { directory: entry, manifest }, bytesRead);
    };
    const found = await exclusively(() => find(0));
    if (found !== undefined) return found;
    const temporary = await this.files.makeTemporary();
    const unpin = pin(entry);
    try {
      const built = await build(flatPaths(temporary));
      if (built === undefined) return undefined;
      const manifest = await writeManifest(temporary, built, needs, ofRows);
      await this.files.remove(entry);
      if (await this.files.moveIn(temporary, entry)) await this.keepBound(entryBytes(manifest));
      return await exclusively(() => find(built.bytesRead));
    } finally {
      unpin();
      await this.files.removeTemporary(temporary);
    }
  }

  async withFlatBlock<T>(
    block: BlockMeta,
    needs: FlatRequest,
    build: BuildFlatBlock,
    use: (flat: FlatBlock) => Promise<T>,
  ): Promise<T> {
    const lease = await this.acquire(block, needs, build);
    try {
      return await use(lease.block);
    } catch (error) {
      if (await lease.intact()) throw error;
    } finally {
      lease.release();
    }
    const again = await this.acquire(block, needs, build);
    try {
      return await use(again.block);
    } finally {
      again.release();
    }
  }

  removeOwnTemporariesNow(): void {
    this.files.removeOwnTemporariesNow();
  }

  /** Of the entries that cover the needs the one with the most columns, so that the others fall out of use. */
  private async find(key: string, needs: ColumnNeeds, bytesRead: number): Promise<Lease | undefined> {
    const found = await this.best(key, (manifest) => covers(manifest.needs, needs));
    if (found === undefined) return undefined;
    await touch(found.directory);
    return this.lease(key, found, bytesRead);
  }

  /** Of the block's entries of all traces that will do the one with the most columns. Broken ones on the way are removed. */
  private async best(key: string, willDo: (manifest: Manifest) => boolean): Promise<Found | undefined> {
    const candidates: Found[] = [];
    for (const directory of await this.files.entriesOf(key)) {
      const manifest = await readManifest(directory);
      if (!manifest) await this.files.remove(directory);
      else if (manifest.rows === undefined && willDo(manifest)) candidates.push({ directory, manifest });
    }
    candidates.sort((a, b) => columnCount(b.manifest.needs) - columnCount(a.manifest.needs));
    for (const candidate of candidates) {
      if (await isIntact(candidate.directory, candidate.manifest)) return candidate;
      await this.files.remove(candidate.directory);
    }
    return undefined;
  }

  private lease(key: string, { directory, manifest }: Found, bytesRead: number): Lease {
    const release = pin(directory);
    return {
      block: flatBlockOf(directory, manifest, bytesRead),
      intact: () => isIntact(directory, manifest),
      discard: async () => {
        release();
        await exclusively(async () => {
          for (const entry of await this.files.entriesOf(key)) await this.files.remove(entry);
        });
      },
      release,
    };
  }

  /** Others that want columns of the block meanwhile wait for this build. */
  private async buildAlone(key: string, needs: ColumnNeeds, build: BuildFlatBlock): Promise<Built> {
    const running = this.build(key, needs, build).finally(() => this.building.delete(key));
    this.building.set(key, running);
    return await running;
  }

  /** Makes an entry with these columns, and with those that another entry has. It is pinned. */
  private async build(key: string, wanted: ColumnNeeds, build: BuildFlatBlock): Promise<Built> {
    const temporary = await this.files.makeTemporary();
    const base = await exclusively(() => this.base(key));
    const needs = base === undefined ? wanted : allColumns([base.of.needs, wanted]);
    const entry = this.files.entryPath(key, needsKey(needs));
    const unpin = pin(entry); // until it is leased, no other build may evict it
    try {
      const built = await build(flatPaths(temporary), needs, base?.of);
      const manifest = await writeManifest(temporary, built, needs);
      base?.release();
      // Where another process was faster, its entry is as good; if it is not, `find` removes it and we build again.
      if (await this.files.moveIn(temporary, entry)) {
        await this.retire(key);
        await this.keepBound(entryBytes(manifest));
      }
      return { bytesRead: built.bytesRead, unpin };
    } catch (error) {
      unpin();
      throw error;
    } finally {
      base?.release();
      await this.files.removeTemporary(temporary);
    }
  }

  private async base(
    key: string,
  ): Promise<{ readonly of: FlatBase; readonly release: () => void } | undefined> {
    const found = await this.best(key, () => true);
    if (found === undefined) return undefined;
    const { block, release } = this.lease(key, found, 0);
    return { of: { needs: found.manifest.needs, block }, release };
  }

  /** Removes entries of a block that others have everything of and that nobody has asked for a while. */
  private async retire(key: string): Promise<void> {
    const last = Date.now() - SUPERSEDED_MS;
    for (const directory of await exclusively(() => this.superseded(key)))
      if ((await lastUse(directory)) < last) await this.evict(directory);
  }

  private async superseded(key: string): Promise<readonly string[]> {
    const found: Found[] = [];
    for (const directory of await this.files.entriesOf(key)) {
      const manifest = await readManifest(directory);
      if (manifest !== undefined && manifest.rows === undefined) found.push({ directory, manifest });
    }
    const fewer = (a: Found, b: Found): boolean =>
      columnCount(a.manifest.needs) < columnCount(b.manifest.needs) &&
      covers(b.manifest.needs, a.manifest.needs);
    return found
      .filter((entry) => found.some((other) => fewer(entry, other)))
      .map(({ directory }) => directory);
  }

  /** Counts anew only when the bound may be reached, or when much was added and others may have added as much. */
  private async keepBound(added: number): Promise<void> {
    this.addedBytes += added;
    if (this.countedBytes + this.addedBytes <= this.maxBytes && this.addedBytes < this.maxBytes / 16) return;
    const stored = await this.files.entries();
    const blocks = new Set(stored.map(({ directory }) => basename(dirname(directory))));
    const superfluous = new Set<string>();
    for (const block of blocks)
      for (const directory of await this.superseded(block)) superfluous.add(directory);
    const last = ({ directory, usedAt }: StoredEntry): number => (superfluous.has(directory) ? 0 : usedAt);
    const entries = stored.toSorted((a, b) => last(a) - last(b));
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { directory, bytes } of entries) {
      if (total <= this.maxBytes) break;
      if (await this.evict(directory)) total -= bytes;
    }
    this.countedBytes = total;
    this.addedBytes = 0;
  }

  private evict(directory: string): Promise<boolean> {
    return exclusively(async () => {
      if (isPinned(directory)) return false;
      await this.files.remove(directory);
      return true;
    });
  }

  private async sweepNowAndThen(): Promise<void> {
    const now = Date.now();
    if (now - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = now;
    await this.files.sweep(now);
  }
}

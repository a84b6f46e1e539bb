/**
 * Flat blocks on disk, kept from run to run: blocks never change, so an entry is right for ever and only space ends it.
 * Safe for several processes on one directory and for a kill at any moment.
 */
import { resolve } from 'node:path';
import type { FlatBlock, FlatRequest } from '../sql/relations/flat.js';
import { CacheDirectory } from './cache-directory.js';
import {
  entryBytes,
  type FlatPaths,
  flatBlockOf,
  flatPaths,
  isIntact,
  type Manifest,
  readManifest,
  touch,
  writeManifest,
} from './cache-entry.js';
import { blockKey, covers, needsKey } from './cache-key.js';
import { exclusively, isPinned, pin } from './cache-pins.js';
import type { BlockMeta } from './meta.js';

const DEFAULT_CACHE_BYTES = 4 * 1024 ** 3;

/** Writes the flat files of a block into `paths`. What it rejects with reaches the caller of `acquire`. */
export type BuildFlatBlock = (paths: FlatPaths) => Promise<FlatBlock>;

/**
 * The right to read a flat block. This process evicts nothing that is leased; another process may, as files that are
 * open stay readable, but a path that is not open yet may vanish: when reading fails and `intact` says no, release and
 * acquire again (`withFlatBlock` does).
 */
export interface Lease {
  readonly block: FlatBlock;
  intact(): Promise<boolean>;
  /** Gives up an entry whose content proved broken: the next `acquire` builds anew. Releases. */
  discard(): Promise<void>;
  release(): void;
}

export interface FlatCache {
  readonly directory: string;
  /** A cached entry with at least the needed columns, else what `build` makes. */
  acquire(block: BlockMeta, needs: FlatRequest, build: BuildFlatBlock): Promise<Lease>;
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

class DiskCache implements FlatCache {
  /** Running builds by entry directory, with the bytes that they read. */
  private readonly building = new Map<string, Promise<number>>();
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
    const entry = this.files.entryPath(key, needsKey(needs));
    const unpin = pin(entry); // from being built to being leased, no other build may evict it
    try {
      let bytesRead = 0;
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const lease = await exclusively(() => this.find(key, entry, needs, bytesRead));
        if (lease) return lease;
        const running = this.building.get(entry);
        if (running) await running;
        else bytesRead = await this.buildOnce(entry, needs, build);
      }
      throw new Error(`the cache entry ${entry} cannot be kept: another program damages or removes it`);
    } finally {
      unpin();
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

  /** The entry itself, else the smallest one that covers the needs. Broken entries on the way are removed. */
  private async find(
    key: string,
    entry: string,
    needs: FlatRequest,
    bytesRead: number,
  ): Promise<Lease | undefined> {
    const candidates: { directory: string; manifest: Manifest; rank: number }[] = [];
    for (const directory of await this.files.entriesOf(key)) {
      const manifest = await readManifest(directory);
      if (!manifest) await this.files.remove(directory);
      else if (directory === entry) candidates.push({ directory, manifest, rank: -1 });
      else if (covers(manifest.needs, needs)) {
        candidates.push({ directory, manifest, rank: entryBytes(manifest) });
      }
    }
    candidates.sort((a, b) => a.rank - b.rank);
    for (const { directory, manifest } of candidates) {
      if (await isIntact(directory, manifest)) {
        await touch(directory);
        return this.lease(directory, manifest, directory === entry ? bytesRead : 0);
      }
      await this.files.remove(directory);
    }
    return undefined;
  }

  private lease(directory: string, manifest: Manifest, bytesRead: number): Lease {
    const release = pin(directory);
    return {
      block: flatBlockOf(directory, manifest, bytesRead),
      intact: () => isIntact(directory, manifest),
      discard: async () => {
        release();
        await exclusively(() => this.files.remove(directory));
      },
      release,
    };
  }

  /** Others that want the same entry meanwhile wait for this build. */
  private buildOnce(entry: string, needs: FlatRequest, build: BuildFlatBlock): Promise<number> {
    const running = this.build(entry, needs, build).finally(() => this.building.delete(entry));
    this.building.set(entry, running);
    return running;
  }

  /** Bytes that the build read from the block. */
  private async build(entry: string, needs: FlatRequest, build: BuildFlatBlock): Promise<number> {
    const temporary = await this.files.makeTemporary();
    try {
      const built = await build(flatPaths(temporary));
      const manifest = await writeManifest(temporary, built, needs);
      // Where another process was faster, its entry is as good; if it is not, `find` removes it and we build again.
      if (await this.files.moveIn(temporary, entry)) await this.keepBound(entryBytes(manifest));
      return built.bytesRead;
    } finally {
      await this.files.removeTemporary(temporary);
    }
  }

  /** Counts anew only when the bound may be reached, or when much was added and others may have added as much. */
  private async keepBound(added: number): Promise<void> {
    this.addedBytes += added;
    if (this.countedBytes + this.addedBytes <= this.maxBytes && this.addedBytes < this.maxBytes / 16) return;
    const entries = [...(await this.files.entries())].sort((a, b) => a.usedAt - b.usedAt);
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

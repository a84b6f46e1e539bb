/**
 * The directory of a cache: `<root>/<version>/<block>/<needs>/` for entries and `<root>/tmp/` for what is being written
 * or removed. Everything comes and goes by renaming a directory, which is atomic, so several processes may share it.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { lastUse } from './cache-entry.js';
import { FLAT_FORMAT_VERSION } from './cache-key.js';

/** `$BETRACE_CACHE`, else `betrace` in the user's cache directory as the XDG base directory specification has it. */
export function defaultCacheDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (env.BETRACE_CACHE) return env.BETRACE_CACHE;
  const xdg = env.XDG_CACHE_HOME; // the specification says to ignore a relative one
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'betrace');
}

export interface StoredEntry {
  readonly directory: string;
  readonly bytes: number;
  /** Milliseconds since the Unix epoch. */
  readonly usedAt: number;
}

/** A temporary this old was left by a process that was killed. */
const STALE_MS = 3_600_000;

export class CacheDirectory {
  private readonly temporaries = new Set<string>();

  constructor(readonly root: string) {}

  private get versionDirectory(): string {
    return join(this.root, `f${FLAT_FORMAT_VERSION}`);
  }

  entryPath(blockKey: string, needsKey: string): string {
    return join(this.versionDirectory, blockKey, needsKey);
  }

  /** The directories of a block's entries, whatever their needs. */
  async entriesOf(blockKey: string): Promise<readonly string[]> {
    return await children(join(this.versionDirectory, blockKey));
  }

  /** All entries, those of other versions too: they take space. One without a manifest counts as unused since ever. */
  async entries(): Promise<readonly StoredEntry[]> {
    const entries: StoredEntry[] = [];
    for (const version of await children(this.root)) {
      if (!/^f\d+$/.test(basename(version))) continue;
      for (const block of await children(version)) {
        for (const directory of await children(block)) {
          entries.push({ directory, bytes: await bytesIn(directory), usedAt: await lastUse(directory) });
        }
      }
    }
    return entries;
  }

  /** A new empty directory to write in. Readable by its owner only: spans may hold personal data. */
  async makeTemporary(): Promise<string> {
    const directory = this.temporaryName();
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return directory;
  }

  /** Makes a finished temporary an entry; false if there is one of that name already. */
  async moveIn(temporary: string, entry: string): Promise<boolean> {
    for (;;) {
      await mkdir(join(entry, '..'), { recursive: true, mode: 0o700 });
      try {
        await rename(temporary, entry);
        this.temporaries.delete(temporary);
        return true;
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
        // Another process may have removed the block's directory as empty, between the two calls.
        if (code !== 'ENOENT' || !(await exists(temporary))) throw error;
      }
    }
  }

  /** Removes an entry at once for all who look, then its files. An entry that is gone is no error. */
  async remove(entry: string): Promise<void> {
    const grave = this.temporaryName();
    await mkdir(join(this.root, 'tmp'), { recursive: true, mode: 0o700 });
    const moved = await rename(entry, grave).then(
      () => true,
      () => false,
    );
    if (moved) await this.removeTemporary(grave);
    await rmdir(join(entry, '..')).catch(() => undefined); // only if that was the block's last entry
  }

  async removeTemporary(directory: string): Promise<void> {
    await rm(directory, { recursive: true, force: true });
    this.temporaries.delete(directory);
  }

  /** For an exit that cannot wait. */
  removeOwnTemporariesNow(): void {
    for (const directory of this.temporaries) rmSync(directory, { recursive: true, force: true });
    this.temporaries.clear();
  }

  /** Removes what killed processes left. */
  async sweep(now = Date.now()): Promise<void> {
    for (const directory of await children(join(this.root, 'tmp'))) {
      if (this.temporaries.has(directory)) continue;
      if (now - (await lastChange(directory)) > STALE_MS)
        await rm(directory, { recursive: true, force: true });
    }
  }

  private temporaryName(): string {
    const directory = join(this.root, 'tmp', `${process.pid}-${randomBytes(8).toString('hex')}`);
    this.temporaries.add(directory);
    return directory;
  }
}

/** The latest change of a directory or a file in it: a long build still writes. */
async function lastChange(directory: string): Promise<number> {
  const paths = [directory, ...(await children(directory))];
  const times = await Promise.all(
    paths.map(async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0),
  );
  return Math.max(...times);
}

async function bytesIn(directory: string): Promise<number> {
  let bytes = 0;
  for (const path of await children(directory)) bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
  return bytes;
}

async function children(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.sort().map((name) => join(directory, name));
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** `VersionedObjects` on a directory, which several processes of one machine, or of one shared file system, write. */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../shared/message-of.js';
import { StorageError, type VersionedObjects } from './storage.js';

/** A writer holds the lock for as long as a small file takes. */
const LOCKED_MS = 5_000;
const AGAIN_MS = 20;

/**
 * The version of a file is the checksum of its content. A write compares and renames under a lock of the operating system on `PATH.lock`, which
 * is gone with the process that holds it; that file is never removed, as one that is made anew would be another file.
 */
export function localVersions(pathOf: (path: string) => string): VersionedObjects {
  const read = async (path: string, limit: number): Promise<Uint8Array | undefined> => {
    try {
      const bytes = await readFile(pathOf(path));
      if (bytes.length > limit) throw new StorageError('range', path, `is longer than ${limit} bytes`);
      return bytes;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw failureOf(error, path);
    }
  };
  return {
    read: async (path, limit) => {
      const bytes = await read(path, limit);
      return bytes === undefined ? undefined : { bytes, version: checksum(bytes) };
    },
    write: async (path, bytes, version, signal) => {
      const file = pathOf(path);
      const lock = await locked(`${file}.lock`, path, signal);
      try {
        const there = await read(path, Number.POSITIVE_INFINITY);
        if ((there === undefined ? undefined : checksum(there)) !== version) return 'changed';
        await writeFile(`${file}.tmp`, bytes, { mode: 0o600, flush: true });
        await rename(`${file}.tmp`, file);
        return { version: checksum(bytes) };
      } catch (error) {
        throw failureOf(error, path);
      } finally {
        await lock.close();
      }
    },
  };
}

async function locked(lockFile: string, path: string, signal: AbortSignal | undefined): Promise<FileHandle> {
  try {
    const { tryLock } = await import('fs-native-extensions');
    await mkdir(dirname(lockFile), { recursive: true, mode: 0o700 });
    const handle = await open(lockFile, 'a+', 0o600);
    try {
      for (let waitedMs = 0; !tryLock(handle.fd); waitedMs += AGAIN_MS) {
        if (waitedMs >= LOCKED_MS) throw new StorageError('busy', path, 'is locked by another process');
        await sleep(AGAIN_MS, undefined, signal === undefined ? {} : { signal });
      }
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw failureOf(error, path);
  }
}

function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function failureOf(error: unknown, path: string): StorageError {
  if (error instanceof StorageError) return error;
  return new StorageError('io', path, `cannot be written (${messageOf(error)})`, { cause: error });
}

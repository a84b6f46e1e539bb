import type { Stats } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk, DiskFile } from './disk.js';
import { UnreadableLog } from './unreadable.js';

/** A folder of this machine, made if it is not there. Only this process may write to it. */
export async function localDisk(directory: string): Promise<Disk> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const folder = await stat(directory);
  const check = async (): Promise<void> => {
    if (!(await isAt(folder, directory))) throw new FileGone(directory);
  };
  return {
    list: async () => await readdir(directory),
    read: async (name) => await ofFile(readFile(join(directory, name))),
    size: async (name) => (await stat(join(directory, name))).size,
    create: async (name) => {
      // Another folder in its place may hold other logs.
      await check();
      const path = join(directory, name);
      const handle = await open(path, 'wx', 0o600);
      return new LocalFile(handle, directory, path, await handle.stat(), check);
    },
    remove: async (name) => {
      await check();
      await rm(join(directory, name), { force: true });
    },
    settle: async (name) => {
      const handle = await ofFile(open(join(directory, name), 'r+'));
      try {
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await syncFolder(directory);
    },
    check,
  };
}

async function ofFile<T>(used: Promise<T>): Promise<T> {
  try {
    return await used;
  } catch (error) {
    if (!isCode(error, 'EISDIR')) throw error;
    throw new UnreadableLog('foreign', 'is a folder, not a file', undefined, { cause: error });
  }
}

/** A file or folder that was moved or removed while it was used. */
class FileGone extends Error {
  constructor(path: string) {
    super(
      `"${path}" was moved, removed or replaced: put it back as it was, or stop the service, and start it with the folder it shall use`,
    );
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function isAt({ ino, dev }: Stats, path: string): Promise<boolean> {
  try {
    const there = await stat(path);
    return there.ino === ino && there.dev === dev;
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}

class LocalFile implements DiskFile {
  private entered = false;

  constructor(
    private readonly handle: FileHandle,
    private readonly directory: string,
    private readonly path: string,
    private readonly made: Stats,
    private readonly checkFolder: () => Promise<void>,
  ) {}

  async write(parts: readonly Uint8Array[]): Promise<void> {
    let rest = [...parts];
    while (rest.length > 0) {
      const { bytesWritten } = await this.handle.writev(rest);
      rest = without(rest, bytesWritten);
    }
  }

  async sync(): Promise<void> {
    await this.handle.datasync();
    if (this.entered) return;
    // The file is on disk, and its name only once its folder is.
    await syncFolder(this.directory);
    this.entered = true;
  }

  async truncate(length: number): Promise<void> {
    await this.handle.truncate(length);
    await this.handle.datasync();
  }

  async check(): Promise<void> {
    await this.checkFolder();
    if (!(await isAt(this.made, this.path))) throw new FileGone(this.path);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** What is left of `parts` when the first `count` bytes are done. */
function without(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let done = count;
  let written = 0;
  while (written < parts.length && done >= parts[written]!.length) done -= parts[written++]!.length;
  const [first, ...others] = parts.slice(written);
  return first === undefined ? [] : [first.subarray(done), ...others];
}

/** Makes durable which files a folder has: what was made, renamed or removed in it. */
export async function syncFolder(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk, DiskFile } from './disk.js';

/** A folder of this machine, made if it is not there. Only this process may write to it. */
export async function localDisk(directory: string): Promise<Disk> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return {
    list: async () => await readdir(directory),
    read: async (name) => await readFile(join(directory, name)),
    size: async (name) => (await stat(join(directory, name))).size,
    create: async (name) => {
      const handle = await open(join(directory, name), 'wx', 0o600);
      return new LocalFile(handle, directory);
    },
    remove: async (name) => await rm(join(directory, name), { force: true }),
  };
}

class LocalFile implements DiskFile {
  private entered = false;

  constructor(
    private readonly handle: FileHandle,
    private readonly directory: string,
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

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** What is left of `parts` when the first `count` bytes are done. */
function without(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let done = count;
  let n = 0;
  while (n < parts.length && done >= parts[n]!.length) done -= parts[n++]!.length;
  const [first, ...others] = parts.slice(n);
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

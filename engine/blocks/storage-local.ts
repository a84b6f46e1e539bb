/** `Storage` on a directory of this machine. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { localVersions } from './local-versions.js';
import { type Listing, type Storage, StorageError } from './storage.js';

/**
 * The directory `root`, which may itself be a link. No path and no link below it is followed out of it. Throws nothing:
 * a root that does not exist lists as empty.
 */
export function localStorage(root: string): Storage {
  const within = (path: string): Promise<string> => resolveWithin(root, path);
  return {
    description: root,
    list: async (prefix) => {
      try {
        return await listDirectory(await within(prefix));
      } catch (error) {
        const wrapped = wrap(error, prefix);
        if (wrapped.kind === 'not-found') return { directories: [], files: [] };
        throw wrapped;
      }
    },
    read: (path, limit = Number.POSITIVE_INFINITY) =>
      withFile(within, path, async (file) => {
        const { size } = await file.stat();
        if (size > limit) throw new StorageError('range', path, `is longer than ${limit} bytes`);
        return await readExactly(file, path, 0, size);
      }),
    readRange: (path, start, end) => withFile(within, path, (file) => readExactly(file, path, start, end)),
    readRanges: (path, ranges) =>
      withFile(within, path, (file) =>
        Promise.all(ranges.map(({ start, end }) => readExactly(file, path, start, end))),
      ),
    size: (path) => withFile(within, path, async (file) => (await file.stat()).size),
    localPath: (path) => join(root, ...partsOf(path)),
    versions: localVersions((path) => join(root, ...partsOf(path))),
  };
}

/** The parts of a path; an `outside` error for one that could name something else than it says. */
function partsOf(path: string): readonly string[] {
  if (path === '') return [];
  const parts = path.split('/');
  for (const part of parts) {
    if (
      part === '' ||
      part === '.' ||
      part === '..' ||
      part.includes('\0') ||
      (sep !== '/' && part.includes(sep))
    ) {
      throw new StorageError('outside', path, 'is not a path below the storage root');
    }
  }
  return parts;
}

async function resolveWithin(root: string, path: string): Promise<string> {
  const parts = partsOf(path);
  const base = await realpath(root);
  const target = await realpath(join(base, ...parts));
  const prefix = base.endsWith(sep) ? base : base + sep;
  if (target !== base && !target.startsWith(prefix)) {
    throw new StorageError('outside', path, 'is a link that leads out of the storage root');
  }
  return target;
}

async function listDirectory(directory: string): Promise<Listing> {
  const directories: string[] = [];
  const files: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    // A link is listed by what it leads to, even out of the root: reading it then says so, instead of silence here.
    const kind = entry.isSymbolicLink()
      ? await stat(join(directory, entry.name)).catch(() => undefined)
      : entry;
    if (kind?.isDirectory()) directories.push(entry.name);
    else if (kind?.isFile()) files.push(entry.name);
  }
  return { directories: directories.sort(), files: files.sort() };
}

async function withFile<T>(
  within: (path: string) => Promise<string>,
  path: string,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  let file: FileHandle | undefined;
  try {
    // Not blocking: opening a named pipe must not wait for a writer.
    file = await open(await within(path), constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) throw new StorageError('io', path, 'is not a regular file');
    return await use(file);
  } catch (error) {
    throw wrap(error, path);
  } finally {
    await file?.close();
  }
}

async function readExactly(file: FileHandle, path: string, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) {
      throw new StorageError('range', path, `ends at byte ${start + filled}, expected ${end} bytes`);
    }
    filled += bytesRead;
  }
  return bytes;
}

function wrap(error: unknown, path: string): StorageError {
  if (error instanceof StorageError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new StorageError('not-found', path, 'does not exist', { cause: error });
  }
  return new StorageError('io', path, `cannot be read (${String(code ?? error)})`, { cause: error });
}

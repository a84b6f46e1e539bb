import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** For the write-ahead log and for the outbox: a log that took all of the disk could never be emptied, as that has to be written down. */
const SHARE = 1 / 2;

/** Bytes that each of both may take in the folder: as configured, and no more than its share of what the disk has for them now. */
export async function logSizeOn(directory: string, configured: number): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, path, name }) => (await stat(join(parentPath ?? path, name))).size),
  );
  const own = sizes.reduce((sum, size) => sum + size, 0);
  return Math.min(configured, Math.floor((bavail * bsize + own) * SHARE));
}

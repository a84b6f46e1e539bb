/** `--cache DIR`: where commands keep flat blocks. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { type FlatCache, openFlatCache } from '../../engine/blocks/cache/cache.js';
import { defaultCacheDirectory } from '../../engine/blocks/cache/cache-directory.js';
import { UsageError } from '../shared/usage-error.js';

/** Makes the directory if need be. Throws `UsageError` where nothing can be written in it. */
export function openCache(directory = defaultCacheDirectory()): FlatCache {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK | constants.X_OK);
    return openFlatCache({ directory });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(
      `"${directory}" cannot hold the cache of flat blocks (${code}): name a folder that can be written with --cache.`,
    );
  }
}

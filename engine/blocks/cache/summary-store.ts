/** Summaries of blocks, kept next to the flat files, so that a restart need not read the blocks again. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlockSummary } from '../block-summary.js';
import type { BlockMeta } from '../meta.js';
import { blockKey } from './cache-key.js';

/** Goes up whenever summaries change in content or form. */
const VERSION = 3;
const MAX_FILES = 5000;
const PRUNE_EVERY = 200;

export class SummaryStore {
  private readonly directory: string;
  private written = 0;

  /** `cacheDirectory` is the directory of the flat cache. */
  constructor(cacheDirectory: string) {
    this.directory = join(cacheDirectory, `summaries-${VERSION}`);
  }

  /** Undefined where there is none, or none that can be read. */
  async read(block: BlockMeta): Promise<BlockSummary | undefined> {
    const path = this.pathOf(block);
    try {
      const json: unknown = JSON.parse(await readFile(path, 'utf8'));
      if (!isSummary(json)) return undefined;
      const now = new Date();
      await utimes(path, now, now);
      return json;
    } catch {
      return undefined;
    }
  }

  /** A disk that refuses costs only time: the summary is made again when it is wanted again. */
  async write(block: BlockMeta, summary: BlockSummary): Promise<void> {
    const temporary = join(this.directory, `${randomBytes(8).toString('hex')}.tmp`);
    try {
      // Readable by the owner only: values of attributes may hold personal data.
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await writeFile(temporary, JSON.stringify(summary), { mode: 0o600 });
      await rename(temporary, this.pathOf(block));
      if (++this.written % PRUNE_EVERY === 0) await this.prune();
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** Removes those that were not used for longest, beyond a number. */
  private async prune(): Promise<void> {
    const names = await readdir(this.directory);
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.directory, name);
        return { path, usedAt: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
      }),
    );
    files.sort((a, b) => b.usedAt - a.usedAt);
    for (const { path } of files.slice(MAX_FILES)) await rm(path, { force: true });
  }

  private pathOf(block: BlockMeta): string {
    return join(this.directory, `${blockKey(block)}.json`);
  }
}

/** The cache's own files: a wrong shape means damage, not an attack to withstand. */
function isSummary(json: unknown): json is BlockSummary {
  if (typeof json !== 'object' || json === null) return false;
  const { spans, attributes, spanNames } = json as Partial<BlockSummary>;
  return typeof spans === 'number' && Array.isArray(attributes) && Array.isArray(spanNames);
}

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../engine/live/log/disk-local.js';
import type { TextFile } from '../../engine/live/stored/judged-until.js';

/** A small file that is written whole: a crash leaves the old text or the new one. For one writer. */
export function textFile(path: string): TextFile {
  return {
    load: async () => {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    save: async (text) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(`${path}.tmp`, text, { mode: 0o600, flush: true });
      await rename(`${path}.tmp`, path);
      await syncFolder(dirname(path));
    },
  };
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { processSource } from '../catalogue/process-source.js';
import type { Host } from './host.js';

/** Larger files are no rule files that somebody wrote, and are not read. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_FILES = 5000;
const SKIPPED = new Set(['node_modules', '.git', 'dist']);

export interface NodeHostOptions {
  readonly version: string;
  /** URI of the language reference. */
  readonly reference?: string;
  /** Program and arguments of `betrace`, up to the name of a command. */
  readonly command: readonly string[];
  readonly ruleClass: NonNullable<Host['ruleClass']>;
}

/** Next to the files, in a process of its own. */
export function nodeHost({ version, reference, command, ruleClass }: NodeHostOptions): Host {
  return {
    version,
    ...(reference === undefined ? {} : { reference }),
    ruleClass,
    blocksSource: (folder, tenant) => processSource(command, folder, tenant),
    async *ruleFiles(folders) {
      let left = MOST_FILES;
      for (const folder of folders)
        for await (const path of filesUnder(pathOf(folder))) {
          if (left-- <= 0) return;
          const text = await readText(path);
          if (text !== undefined) yield { uri: pathToFileURL(path).href, text };
        }
    },
    readFile: async (uri) => await readText(pathOf(uri)),
  };
}

function pathOf(uri: string): string | undefined {
  return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
}

async function readText(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return (await stat(path)).size > MOST_BYTES ? undefined : await readFile(path, 'utf8');
  } catch {
    return undefined; // it went, or may not be read: what is open still works
  }
}

async function* filesUnder(folder: string | undefined): AsyncGenerator<string> {
  if (folder === undefined) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isFile() && entry.name.endsWith('.betrace')) yield join(folder, entry.name);
    else if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* filesUnder(join(folder, entry.name));
  }
}

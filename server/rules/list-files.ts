/** The files that `list from "path"` names, read for rules that are in files themselves. */
import { readFile, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import type { ParsedFile } from '../../engine/language/link/resolved.js';
import {
  type ListText,
  listText,
  MOST_LIST_BYTES,
  type ReadList,
} from '../../engine/language/scope/lists.js';

export interface ListFiles {
  readonly read: ReadList;
  /** By absolute path, with `/`: every file that some list names, whether or not it is there. */
  readonly texts: ReadonlyMap<string, ListText>;
}

/** Reads each file that lists name; what cannot be read is for the checker to report. */
export async function readListFiles(parsed: ReadonlyMap<string, ParsedFile>): Promise<ListFiles> {
  const root = commonFolder([...parsed.keys()]);
  const texts = new Map<string, ListText>();
  for (const { path, file } of parsed.values())
    for (const item of file.items) {
      if (item.kind !== 'list' || !('kind' in item.values)) continue;
      const target = targetOf(path, item.values.path.value, root);
      if (target !== undefined && !texts.has(target)) texts.set(target, await readList(target));
    }
  return listFiles(parsed, texts);
}

/** The same of texts that are known already. */
export function listFiles(
  parsed: ReadonlyMap<string, ParsedFile>,
  texts: ReadonlyMap<string, ListText>,
): ListFiles {
  const root = commonFolder([...parsed.keys()]);
  return {
    texts,
    read: (from, path) => {
      const target = targetOf(from, path, root);
      return (target === undefined ? undefined : texts.get(target)) ?? { kind: 'missing' };
    },
  };
}

/** Rules are often written by more people than may log in to the machine: a list is next to the rules, not anywhere on its disk. */
function targetOf(from: string, path: string, root: string): string | undefined {
  if (path === '' || posix.isAbsolute(path) || path.includes('\\') || /^[A-Za-z]:/u.test(path))
    return undefined;
  const target = posix.join(posix.dirname(from), path);
  return target.startsWith(root.endsWith('/') ? root : `${root}/`) ? target : undefined;
}

function commonFolder(paths: readonly string[]): string {
  const [first = '/', ...others] = paths.map((path) => posix.dirname(path));
  let common = first;
  for (const folder of others)
    while (folder !== common && !folder.startsWith(common.endsWith('/') ? common : `${common}/`)) {
      const above = posix.dirname(common);
      if (above === common) break;
      common = above;
    }
  return common;
}

async function readList(path: string): Promise<ListText> {
  try {
    const found = await stat(path);
    // Reading a device might never end.
    if (!found.isFile()) return { kind: 'missing' };
    return found.size > MOST_LIST_BYTES ? { kind: 'large' } : listText(await readFile(path));
  } catch {
    return { kind: 'missing' };
  }
}

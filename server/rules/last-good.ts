/** Which version of each file is in force: its newest, or, while that breaks something, the last one that did not. */
import { linkWorkspace } from '../../engine/language/link/link.js';
import type { ParsedFile, Workspace, WorkspaceFile } from '../../engine/language/link/resolved.js';
import type { ReadList } from '../../engine/language/scope/lists.js';
import { relativeResolver } from '../../engine/language/scope/scope.js';

export interface InForce {
  readonly workspace: Workspace;
  /** The files of which an older version is in force. */
  readonly stale: ReadonlySet<string>;
}

/**
 * Puts the good version of a file in the place of one with errors; where that has errors now as well, because of a file that
 * it uses, the good versions of those too. Repeated until nothing with a good version has errors. A file that never was good keeps its
 * newest: its sound rules run.
 *
 * @param good the versions, by path, that had no errors together
 * @param readList reads lists: of a file that cannot be read any more, what it was
 */
export function inForce(
  newest: ReadonlyMap<string, ParsedFile>,
  good: ReadonlyMap<string, ParsedFile>,
  readList: ReadList,
): InForce {
  const files = new Map(newest);
  const stale = new Set<string>();
  for (;;) {
    const workspace = linkWorkspace(files, relativeResolver(files), { readList });
    const before = stale.size;
    const putBack = (path: string): void => {
      const version = good.get(path);
      if (version === undefined || files.get(path)?.text === version.text) return;
      files.set(path, version);
      stale.add(path);
    };
    for (const { path } of faulty(workspace, good)) {
      if (files.get(path)?.text !== good.get(path)?.text) putBack(path);
      else for (const used of usedBy(path, good)) putBack(used);
    }
    if (stale.size === before) return { workspace, stale };
  }
}

function faulty(workspace: Workspace, good: ReadonlyMap<string, ParsedFile>): readonly WorkspaceFile[] {
  return [...workspace.files.values()].filter(
    ({ path, diagnostics }) => good.has(path) && diagnostics.some(({ severity }) => severity === 'error'),
  );
}

/** What a file uses, and what that uses, as it was when all of it was good. */
function usedBy(path: string, good: ReadonlyMap<string, ParsedFile>): ReadonlySet<string> {
  const resolver = relativeResolver(good);
  const found = new Set([path]);
  for (const from of found)
    for (const item of good.get(from)?.file.items ?? []) {
      const target = item.kind === 'use' ? resolver(from, item.path.value) : undefined;
      if (target !== undefined) found.add(target);
    }
  return found;
}

/** Which version of each file is in force: its newest, or, while that has errors, the last one that had none. */
import { linkWorkspace } from '../../engine/language/link.js';
import { relativeResolver } from '../../engine/language/scope.js';
import type { ParsedFile, Workspace } from '../../engine/language/workspace.js';

export interface InForce {
  readonly workspace: Workspace;
  /** The files of which an older version is in force. */
  readonly stale: ReadonlySet<string>;
}

/**
 * Puts the good version of a file in the place of one with errors. That can take away from others what they use, so it is
 * repeated until nothing with a good version has errors. A file that never was good keeps its newest: its sound rules run.
 */
export function inForce(
  newest: ReadonlyMap<string, ParsedFile>,
  good: ReadonlyMap<string, ParsedFile>,
): InForce {
  const files = new Map(newest);
  const stale = new Set<string>();
  for (;;) {
    const workspace = linkWorkspace(files, relativeResolver(files));
    const replaced = [...workspace.files.values()].filter(
      ({ path, diagnostics }) =>
        diagnostics.some(({ severity }) => severity === 'error') && good.has(path) && !stale.has(path),
    );
    if (replaced.length === 0) return { workspace, stale };
    for (const { path } of replaced) {
      files.set(path, good.get(path)!);
      stale.add(path);
    }
  }
}

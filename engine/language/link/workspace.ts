import { type ResolveUse, relativeResolver } from '../scope/scope.js';
import { linkWorkspace } from './link.js';
import { parseWorkspaceFile } from './parsed-file.js';
import type { ParsedFile, Workspace, WorkspaceOptions } from './resolved.js';

/**
 * Parses and checks files that belong together. Wrong text is never an exception: it is a diagnostic of its file, and the
 * rule it is in is left out of `rules`, without effect on its neighbours.
 *
 * @param files text by path, with `/` between folders
 * @param resolve finds the file that `use` means; by default relative to the using file, `.betrace` added if need be
 */
export function loadWorkspace(
  files: ReadonlyMap<string, string>,
  resolve: ResolveUse = relativeResolver(files),
  options: WorkspaceOptions = {},
): Workspace {
  const parsed = new Map<string, ParsedFile>();
  for (const [path, text] of files) {
    const before = options.previous?.files.get(path);
    parsed.set(path, before?.text === text ? before : parseWorkspaceFile(path, text, before));
  }
  return linkWorkspace(parsed, resolve, options);
}

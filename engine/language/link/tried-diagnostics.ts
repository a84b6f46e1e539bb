/** What is wrong with a text, to be shown: with those fixes that mend it. */
import { type TriedDiagnostic, withTriedFixes } from '../problems/fixes.js';
import { diagnosticsIf } from './link.js';
import { loadQuery } from './load-query.js';
import type { Workspace } from './resolved.js';

/** Of a file of a workspace. `room`: see `withTriedFixes`. */
export function triedDiagnostics(
  workspace: Workspace,
  path: string,
  room?: number,
): readonly TriedDiagnostic[] {
  return withTriedFixes(workspace.files.get(path)!, (text) => diagnosticsIf(workspace, path, text), room);
}

/** Of a query. */
export function triedQueryDiagnostics(
  text: string,
  options?: Parameters<typeof loadQuery>[1],
  room?: number,
): readonly TriedDiagnostic[] {
  const check = (query: string) => loadQuery(query, options).diagnostics;
  return withTriedFixes({ text, diagnostics: check(text) }, check, room);
}

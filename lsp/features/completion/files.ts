import type { Analysis } from '../../workspace/analysis.js';
import { type CompletionEntry, RANK } from './entry.js';
import type { CompletionPlace } from './place.js';

/** Other files of the workspace, relative to this one. */
export function useEntries(
  analysis: Analysis,
  path: string,
  { replace }: CompletionPlace,
): readonly CompletionEntry[] {
  return analysis.paths
    .filter((other) => other !== path && other.endsWith('.betrace'))
    .map((other) => ({
      label: JSON.stringify(relativePath(path, other).replace(/\.betrace$/u, '')),
      kind: 'file',
      detail: other,
      replace,
      rank: RANK.exact,
    }));
}

function relativePath(from: string, to: string): string {
  const [here, there] = [from.split('/').slice(0, -1), to.split('/')];
  let common = 0;
  while (common < here.length && here[common] === there[common]) common++;
  const up = here.slice(common).map(() => '..');
  return [...(up.length === 0 ? ['.'] : up), ...there.slice(common)].join('/');
}

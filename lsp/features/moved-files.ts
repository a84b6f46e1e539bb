import type { TextEdit } from '../../engine/language/problems/diagnostic.js';
import { usePathTo } from '../../engine/language/scope/scope.js';
import type { Analysis } from '../workspace/analysis.js';

/** From where to where: a file, or a folder with all that is in it. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** What has to be written in which file, so that every `use` means what it meant once files have moved. */
export function movedFileEdits(
  analysis: Analysis,
  moves: readonly Move[],
): ReadonlyMap<string, readonly TextEdit[]> {
  const movedTo = (path: string): string => {
    const move = moves.find(({ from }) => path === from || path.startsWith(`${from}/`));
    return move === undefined ? path : `${move.to}${path.slice(move.from.length)}`;
  };
  const edits = new Map<string, TextEdit[]>();
  for (const [path, { uses }] of analysis.workspace.scopes)
    for (const { item, target } of uses) {
      if (target === undefined || (movedTo(path) === path && movedTo(target) === target)) continue;
      const { value, range } = item.path;
      const whole = usePathTo(movedTo(path), movedTo(target));
      const written = value.endsWith('.betrace') ? whole : whole.replace(/\.betrace$/u, '');
      // `./names` and `names` are the same; which of the two is a matter of taste.
      const kept = value.startsWith('./') ? written : written.replace(/^\.\//u, '');
      if (kept !== value)
        edits.set(path, [...(edits.get(path) ?? []), { range, newText: JSON.stringify(kept) }]);
    }
  return edits;
}

import type { TextEdit } from '../../engine/language/problems/diagnostic.js';
import { isFreeName } from '../../engine/language/text/tokens.js';
import type { Occurrence } from '../symbols/symbol.js';
import type { Analysis } from '../workspace/analysis.js';

export type Renaming =
  | { readonly kind: 'edits'; readonly edits: ReadonlyMap<string, readonly TextEdit[]> }
  /** Why the name cannot be given, for people. */
  | { readonly kind: 'refused'; readonly reason: string };

/** What would be renamed at an offset; nothing where there is no name, or none that is known. */
export function renameableAt(analysis: Analysis, path: string, offset: number): Occurrence | undefined {
  const occurrence = analysis.occurrenceAt(path, offset);
  return occurrence === undefined || occurrence.symbol.kind === 'unknown' ? undefined : occurrence;
}

/** Changes every mention of the thing at an offset, in all files. */
export function rename(analysis: Analysis, path: string, offset: number, newName: string): Renaming {
  const occurrence = renameableAt(analysis, path, offset);
  if (occurrence === undefined)
    return { kind: 'refused', reason: 'There is nothing here that can be renamed.' };
  const reason = refusal(analysis, occurrence, newName);
  if (reason !== undefined) return { kind: 'refused', reason };
  const edits = new Map<string, TextEdit[]>();
  for (const { path: where, range } of analysis.occurrencesOf(occurrence.symbol))
    edits.set(where, [...(edits.get(where) ?? []), { range, newText: newName }]);
  return { kind: 'edits', edits };
}

function refusal(analysis: Analysis, { symbol }: Occurrence, newName: string): string | undefined {
  if (symbol.kind === 'rule') {
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/u.test(newName))
      return 'An id is letters, digits, `-`, `_` and `.`, and starts with a letter or `_`.';
    const taken =
      newName !== symbol.id &&
      analysis.occurrencesOf({ kind: 'rule', id: newName }).some(({ role }) => role === 'definition');
    return taken ? `There is a rule \`${newName}\` already.` : undefined;
  }
  if (symbol.kind === 'unknown') return undefined;
  if (newName === symbol.name) return undefined;
  if (!isFreeName(newName))
    return `\`${newName}\` cannot be a name: it is letters, digits, \`_\` and \`-\`, and no word of the language.`;
  if (symbol.kind === 'parameter') {
    const clash = analysis
      .occurrencesOf({ ...symbol, name: newName })
      .some(({ role }) => role === 'definition');
    return clash ? `\`${newName}\` is a parameter already.` : undefined;
  }
  if (symbol.kind === 'bound') {
    const clash = analysis
      .occurrencesIn(symbol.path)
      .some(
        (occurrence) =>
          (occurrence.symbol.kind === 'bound' &&
            occurrence.symbol.at === symbol.at &&
            occurrence.symbol.name === newName) ||
          (occurrence.symbol.kind === 'let' && occurrence.symbol.name === newName),
      );
    return clash ? `\`${newName}\` means something else in this file.` : undefined;
  }
  const users = new Set(
    analysis
      .occurrencesOf(symbol)
      .map(({ path }) => path)
      .concat(symbol.path),
  );
  const clash = [...users].some(
    (path) =>
      analysis.workspace.scopes.get(path)?.lets.has(newName) ||
      analysis.workspace.scopes.get(path)?.lists.has(newName) ||
      analysis
        .occurrencesIn(path)
        .some((occurrence) => occurrence.symbol.kind === 'bound' && occurrence.symbol.name === newName),
  );
  return clash ? `\`${newName}\` means something else in a file that uses this pattern.` : undefined;
}

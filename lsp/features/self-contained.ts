import { printPipeline } from '../../engine/language/print/print-expression.js';
import type { TextEdit } from '../../engine/language/problems/diagnostic.js';
import { expandPipeline } from '../../engine/language/scope/expand.js';
import type { Analysis } from '../workspace/analysis.js';

/**
 * The text of a file with what it uses of other files written out, so that it means the same where these are not, or are not as they
 * are here. Every line stays where it is. A `use` that leads nowhere stays, and is somebody else's to complain of.
 */
export function selfContained(analysis: Analysis, path: string): string | undefined {
  const { scopes } = analysis.workspace;
  const scope = scopes.get(path);
  const text = analysis.syntaxOf(path)?.text;
  if (scope === undefined || text === undefined) return text;
  const mentioned = new Set(
    analysis.occurrencesIn(path).flatMap(({ symbol }) => (symbol.kind === 'let' ? [symbol.name] : [])),
  );
  const foreign = [...scope.lets].filter(([name, { path: from }]) => from !== path && mentioned.has(name));
  const written = foreign.map(
    ([name, { path: from, item }]) =>
      `let ${name} = ${printPipeline(expandPipeline(from, item.value, scopes))}`,
  );
  const resolved = scope.uses.filter(({ target }) => target !== undefined);
  return replaced(
    text,
    resolved.map(({ item }, n) => ({ range: item.range, newText: n === 0 ? written.join(' ') : '' })),
  );
}

/** Edits are in the order of the text and do not touch one another. Line breaks in what is replaced are kept. */
function replaced(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let position = 0;
  for (const { range, newText } of edits) {
    const breaks = text.slice(range.start, range.end).replace(/[^\n]/gu, '');
    result += text.slice(position, range.start) + newText + breaks;
    position = range.end;
  }
  return result + text.slice(position);
}

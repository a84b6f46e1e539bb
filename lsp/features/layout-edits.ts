import { formatQuery, formatText } from '../../engine/language/format/format.js';
import type { TextEdit } from '../../engine/language/problems/diagnostic.js';

/** What `betrace fmt` would change, or would in a query if it read these; blank by blank; nothing where the text has errors. */
export function layoutEdits(text: string, language: 'betrace' | 'traceql' = 'betrace'): readonly TextEdit[] {
  const formatted = language === 'betrace' ? formatText(text) : formatQuery(text);
  return formatted.diagnostics.length > 0 ? [] : blankEdits(text, formatted.text);
}

/** The edits between two texts that differ in blanks only; one for everything where they differ in more. */
function blankEdits(before: string, after: string): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  let [from, to] = [0, 0];
  while (from < before.length || to < after.length) {
    const [fromEnd, toEnd] = [blanksEnd(before, from), blanksEnd(after, to)];
    if (before.slice(from, fromEnd) !== after.slice(to, toEnd))
      edits.push({ range: { start: from, end: fromEnd }, newText: after.slice(to, toEnd) });
    [from, to] = [fromEnd, toEnd];
    while (
      from < before.length &&
      to < after.length &&
      before[from] === after[to] &&
      !isBlank(before[from]!)
    ) {
      from++;
      to++;
    }
    // One may have a blank here where the other has none; two different characters are another matter.
    const [left, right] = [before[from], after[to]];
    if (left !== undefined && right !== undefined && !isBlank(left) && !isBlank(right))
      return [{ range: { start: 0, end: before.length }, newText: after }];
  }
  return edits;
}

function blanksEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isBlank(text[end]!)) end++;
  return end;
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r';
}

import type { TextEdit } from '../../../engine/language/problems/diagnostic.js';
import type { Range } from '../../../engine/language/tree/ast.js';
import type { CompletionKind } from '../../../engine/language/words/completion-kind.js';

export interface CompletionEntry {
  readonly label: string;
  readonly kind: CompletionKind;
  /** Next to the label, in small letters. */
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  /** What is inserted; the label by default. With `$1` and the like where `snippet` is set. */
  readonly insert?: string;
  readonly snippet?: true;
  /** What the insertion replaces. */
  readonly replace: Range;
  /** Changes elsewhere in the text that the insertion needs. */
  readonly also?: readonly TextEdit[];
  /** Lower comes first; entries of one rank are in alphabetical order. */
  readonly rank: number;
  /** Ask for completions again once this is inserted. */
  readonly again?: true;
}

/** Ranks of groups, from what is most likely meant to what is merely possible. */
export const RANK = {
  exact: 0,
  bound: 10,
  pattern: 20,
  /** Fields that most filters are about. */
  usual: 25,
  field: 30,
  intrinsic: 40,
  keyword: 50,
  snippet: 60,
  rare: 80,
} as const;

/** What editors compare with the text that an entry replaces. Where that has quotes the label has not, it must have them too. */
export function filterTextOf({ label, replace }: CompletionEntry, text: string): string {
  const typed = text.slice(replace.start, replace.end);
  return typed.includes('"') && !label.includes('"') ? `${typed}${label}` : label;
}

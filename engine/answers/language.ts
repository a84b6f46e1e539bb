/** What the language server knows of the text of a query, or of rules. */
import type { CompletionKind } from '../language/words/completion-kind.js';
import type { DiagnosticJson, TextRangeJson } from './rule.js';

export interface QueryHelpJson {
  /** What the text asks for; null where that is not clear, and of rules. */
  readonly kind: QueryKind | null;
  /** The first of them. */
  readonly diagnostics: readonly DiagnosticJson[];
  /** How many there are, whatever is listed. */
  readonly found: Readonly<Record<DiagnosticJson['severity'], number>>;
  /** What could be written at the place that was asked about, what is most likely meant first; the first of them. */
  readonly completions: readonly CompletionJson[];
  /** How many there are, whatever is listed. */
  readonly completionsFound: number;
  /** Of the word at that place; null where nothing is known of it. */
  readonly hover: { readonly range: TextRangeJson; readonly markdown: string } | null;
}

/** `search`, `rule` and `violations` have traces for an answer, `metrics` and `over rule` series, `violation counts` one value for each group. */
export type QueryKind = 'search' | 'metrics' | 'violations' | 'violation counts' | 'rule' | 'over rule';

export interface CompletionJson {
  readonly label: string;
  readonly kind: CompletionKind;
  /** Next to the label; null for none. */
  readonly detail: string | null;
  readonly markdown: string | null;
  /** In the snippet syntax of the Language Server Protocol where `snippet` is true. */
  readonly insert: string;
  readonly snippet: boolean;
  /** What editors compare with the text that it replaces. */
  readonly filter: string;
  /** What it replaces. */
  readonly range: TextRangeJson;
  /** Whether to ask for completions again once it is inserted. */
  readonly again: boolean;
}

import { MEANING_CODES } from './check/meaning-codes.js';
import type { Diagnostic } from './diagnostic.js';
import { SYNTAX_CODES, type SyntaxCode, type SyntaxCodeInfo } from './syntax-codes.js';

/** What the catalogue says about one diagnostic code. */
export interface CatalogueEntry {
  /** A few words, without the particulars of one case. */
  readonly title: string;
  readonly severity: Diagnostic['severity'];
  /** What is wrong and why it matters. */
  readonly explanation: string;
  /** A rule file with this mistake. Absent where none shows it: it would be too large, or the mistake is not in a file. */
  readonly example?: string;
  /** What to do about it. */
  readonly advice: string;
}

const SYNTAX_ADVICE: Readonly<Record<SyntaxCode, string>> = {
  BT1001: 'Write one of the things that the message lists, or remove the text.',
  BT1002: 'Add what the message names.',
  BT1003: 'Add the closing quote, or use backticks for several lines.',
  BT1004: 'Double the backslash, or write the string in backticks.',
  BT1005: 'Use double quotes or backticks.',
  BT1006: 'Write a decimal number, or a duration with a unit such as 30s.',
  BT1007: 'Write the name directly after the dot, in double quotes if it has blanks.',
  BT1008: 'Add the closing quote.',
  BT1009: 'Remove it.',
  BT1010: 'Add `*/`.',
  BT1011: 'Write the operator that the message names.',
  BT1012: 'Correct the word.',
  BT1013: 'Correct the name, or write the attribute with a dot.',
  BT1014: 'Add the closing bracket.',
  BT1015: 'Remove it, or add the opening one.',
  BT1016: 'Move it into a rule, or correct the word it starts with.',
  BT1017: 'Put over and a duration before the clauses, or count within one trace with count(…).',
  BT1018: 'Split the file; use joins files.',
  BT1019: 'Use in (…) instead of a chain of ||, or name parts with let.',
  BT1020: 'Move the setting above the clauses.',
  BT1021: 'Choose another name.',
  BT1022: 'Write letters, digits, `-`, `_` and `.` only, without quotes.',
  BT1023: 'Put it into a filter, or name the bound span that it is read from.',
  BT1024: 'Compare it with something.',
  BT1025: 'Remove over, or make series with a metrics function such as rate().',
};

/** What every code of the language means: syntax (`BT1xxx`) and meaning (`BT2xxx`). */
export const LANGUAGE_CODES: ReadonlyMap<string, CatalogueEntry> = new Map([
  ...Object.entries<SyntaxCodeInfo>(SYNTAX_CODES).map(([code, info]) =>
    pair(code, {
      title: info.title.charAt(0).toUpperCase() + info.title.slice(1),
      severity: 'error',
      explanation: info.explanation,
      ...(info.example === '' ? {} : { example: info.example }),
      advice: SYNTAX_ADVICE[code as SyntaxCode],
    }),
  ),
  ...Object.entries(MEANING_CODES).map(([code, { title, severity, explanation, example, advice }]) =>
    pair(code, { title, severity, explanation, example, advice }),
  ),
]);

function pair(code: string, entry: CatalogueEntry): readonly [string, CatalogueEntry] {
  return [code, entry];
}

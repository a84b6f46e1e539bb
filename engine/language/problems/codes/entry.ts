import type { Diagnostic } from '../diagnostic.js';

/** What the catalogue says about one diagnostic code, of syntax, meaning or anything else. */
export interface CodeEntry {
  /** A few words, without the particulars of one case. */
  readonly title: string;
  readonly severity: Diagnostic['severity'];
  /** What is wrong and why it matters. */
  readonly explanation: string;
  /** A whole file with this mistake. Absent where none shows it: it would be too large, or the mistake is not in a file. */
  readonly example?: string;
  /** Other files that the example needs, by path. */
  readonly others?: Readonly<Record<string, string>>;
  /** Files of lists that the example needs, by path. */
  readonly lists?: Readonly<Record<string, string>>;
  /** The example needs attributes known from stored blocks. */
  readonly needsFields?: true;
  /** What to do about it. */
  readonly advice: string;
}

/** Entries of codes that are all errors. */
export function errorCodes<C extends string>(
  codes: Readonly<Record<C, Omit<CodeEntry, 'severity'>>>,
): Readonly<Record<C, CodeEntry>> {
  const entries = Object.entries<Omit<CodeEntry, 'severity'>>(codes);
  return Object.fromEntries(
    entries.map(([code, entry]) => [code, { ...entry, severity: 'error' }]),
  ) as Record<C, CodeEntry>;
}

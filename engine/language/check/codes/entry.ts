import type { Diagnostic } from '../../diagnostic.js';

/** What the catalogue says about one diagnostic code. */
export interface CodeEntry {
  /** A few words, without the particulars of one case. */
  readonly title: string;
  readonly severity: Diagnostic['severity'];
  /** What is wrong and why it matters. */
  readonly explanation: string;
  /** A whole file that produces this code and no other. */
  readonly example: string;
  /** Files that the example needs beside it, by path. */
  readonly others?: Readonly<Record<string, string>>;
  /** The example needs attributes known from stored blocks. */
  readonly needsFields?: true;
  /** What to do about it. */
  readonly advice: string;
}

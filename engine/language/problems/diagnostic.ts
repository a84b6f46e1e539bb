import type { Range } from '../tree/ast.js';

/** One thing wrong with a text: data, never an exception. `codes.ts` has the catalogue of codes. */
export interface Diagnostic {
  /** `BT1xxx` syntax, `BT2xxx` meaning, `BT3xxx` compiling. */
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'hint';
  readonly message: string;
  readonly range: Range;
  readonly fixes?: readonly Fix[];
  /** Other places that explain this one, such as the first definition of a name defined twice. */
  readonly related?: readonly Related[];
}

/** A change that would mend the diagnostic. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  /** One of several things that may be meant: offered, and never made without asking. */
  readonly guess?: true;
}

export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

export interface Related {
  readonly message: string;
  /** Absent for the same file. */
  readonly path?: string;
  readonly range: Range;
}

/** A fix that puts `newText` in the place of a range. */
export function replaceFix(title: string, range: Range, newText: string): Fix {
  return { title, edits: [{ range: { start: range.start, end: range.end }, newText }] };
}

/** Several fixes of which only the author knows which is meant. */
export function guesses(fixes: readonly Fix[]): readonly Fix[] {
  return fixes.map((fix) => ({ ...fix, guess: true }));
}

export function insertFix(title: string, offset: number, newText: string): Fix {
  return replaceFix(title, { start: offset, end: offset }, newText);
}

export function removeFix(title: string, range: Range): Fix {
  return replaceFix(title, range, '');
}

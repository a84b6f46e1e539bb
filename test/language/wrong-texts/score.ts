import { parseFile } from '../../../engine/language/parse/parse.js';
import { applyEdits, fixedText, soundFixes } from '../../../engine/language/problems/fixes.js';
import { meaning } from '../parse/same-tree.js';
import { check, type WrongText } from './read.js';

/**
 * What the diagnostics of a text are worth to its author.
 * 3: the fixes that are made without asking lead to what is meant, or, where only the author knows that, a message says what to do;
 * 2: one of the fixes that are offered leads there, or a message says what to do;
 * 1: something is reported; 0: nothing is, or fixes make a valid text of it that means something else.
 */
export function scoreOf({ text, means, says }: WrongText): 0 | 1 | 2 | 3 {
  const diagnostics = check(text);
  if (diagnostics.length === 0) return 0;
  const isSaid = says !== undefined && diagnostics.some(({ message }) => message.includes(says));
  if (means === undefined) return misleads(text) ? 0 : isSaid ? 3 : 1;
  if (isSame(fixedText(text, check), means)) return 3;
  if (misleads(text)) return 0;
  const offered = diagnostics.flatMap((diagnostic) => soundFixes(diagnostic, { text, diagnostics }, check));
  const leads = offered.some(({ edits }) => isSame(fixedText(applyEdits(text, edits), check), means));
  return leads || isSaid ? 2 : 1;
}

/** Whether what is made of the text without asking has no error, and had one. */
function misleads(text: string): boolean {
  const fixed = fixedText(text, check);
  return fixed !== text && hasErrors(text) && !hasErrors(fixed);
}

export function hasErrors(text: string): boolean {
  return check(text).some(({ severity }) => severity === 'error');
}

export function isSame(text: string, means: string): boolean {
  const [a, b] = [text, means].map((side) => JSON.stringify(meaning(parseFile(side).file), bigints));
  return a === b && !hasErrors(text);
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

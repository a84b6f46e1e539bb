import type { Range } from '../tree/ast.js';
import { type Diagnostic, type Fix, guesses, type TextEdit } from './diagnostic.js';

/** What is wrong with a text, in the order of the text. */
export type Check = (text: string) => readonly Diagnostic[];

/** A text with edits made, whose ranges are of the text before any of them. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  return [...edits]
    .sort((a, b) => b.range.start - a.range.start)
    .reduce(
      (changed, { range, newText }) => changed.slice(0, range.start) + newText + changed.slice(range.end),
      text,
    );
}

/** A text as it is checked, and what was found. */
export interface CheckedText {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The fixes of a diagnostic that mend it: with one of them made the diagnostic is gone, there are no more errors than before,
 * and no other ones where the fix has written. What was hidden behind a mistake of syntax may come to light elsewhere.
 */
export function soundFixes(diagnostic: Diagnostic, before: CheckedText, check: Check): readonly Fix[] {
  return (diagnostic.fixes ?? []).filter((fix) => mends(fix, diagnostic, before, check));
}

/**
 * The fix that may be made without asking: the first that mends. Of several that may be meant it is the one about whose text
 * nothing is reported, if there is only one: of `span.amount` and `resource.amount`, the attribute that is stored.
 */
export function preferredFix(fixes: readonly Fix[], before: CheckedText, check: Check): Fix | undefined {
  const [first, ...others] = fixes;
  if (first?.guess !== true) return first;
  if (others.length === 0) return undefined;
  const known = new Set(before.diagnostics.map(keyOf));
  const silent = fixes.filter((fix) =>
    check(applyEdits(before.text, fix.edits)).every((diagnostic) => known.has(keyOf(diagnostic))),
  );
  return silent.length === 1 ? silent[0] : undefined;
}

/** So many fixes of one text are tried: each costs a check. */
const MOST_TRIED = 200;

declare const TRIED: unique symbol;
/** A diagnostic whose fixes were tried. Whatever shows diagnostics asks for this, so that nobody is shown a fix that does not mend. */
export type TriedDiagnostic = Diagnostic & { readonly [TRIED]: true };

/**
 * Diagnostics with those of their fixes that mend them. Fixes beyond `MOST_TRIED` are kept untried, as guesses.
 *
 * @param room so many characters are checked again at most
 */
export function withTriedFixes(
  checked: CheckedText,
  check: Check,
  room = Number.POSITIVE_INFINITY,
): readonly TriedDiagnostic[] {
  let left = Math.min(MOST_TRIED, Math.floor(room / (checked.text.length + 1)));
  const tried = (diagnostic: Diagnostic): Diagnostic => {
    const { fixes = [] } = diagnostic;
    if (fixes.length === 0) return diagnostic;
    left -= fixes.length;
    return { ...diagnostic, fixes: left < 0 ? guesses(fixes) : soundFixes(diagnostic, checked, check) };
  };
  return checked.diagnostics.map((diagnostic) => tried(diagnostic) as TriedDiagnostic);
}

function mends({ edits }: Fix, diagnostic: Diagnostic, before: CheckedText, check: Check): boolean {
  const text = applyEdits(before.text, edits);
  const after = check(text);
  if (timesOf(diagnostic, after) >= timesOf(diagnostic, before.diagnostics)) return false;
  // Behind a mistake of syntax others may have been hidden; behind any other one nothing is.
  const counted = isSyntax(diagnostic) ? isSyntax : isError;
  if (after.filter(counted).length > before.diagnostics.filter(counted).length) return false;
  const known = new Set(before.diagnostics.map(keyOf));
  const written = writtenRanges(edits, before.text);
  return !after.some(
    (found) =>
      isError(found) &&
      !known.has(keyOf(found)) &&
      written.some((place) => isNear(found, place, text) && !wasThere(found, place, text)),
  );
}

/** A place that a fix has written, and what was there. */
interface Written extends Range {
  readonly instead: string;
}

/** Where the new texts of edits are in the text that has them. */
function writtenRanges(edits: readonly TextEdit[], before: string): readonly Written[] {
  let moved = 0;
  return [...edits]
    .sort((a, b) => a.range.start - b.range.start)
    .map(({ range, newText }) => {
      const start = range.start + moved;
      moved += newText.length - (range.end - range.start);
      return { start, end: start + newText.length, instead: before.slice(range.start, range.end) };
    });
}

/** Whether nothing but blanks is between a diagnostic and what was written. */
function isNear({ range }: Diagnostic, { start, end }: Range, text: string): boolean {
  const between = range.start > end ? text.slice(end, range.start) : text.slice(range.end, start);
  return between.trim() === '';
}

/** Whether a mistake in what was written is taken over from what was there: `1,000` within more that was of another language. */
function wasThere({ range }: Diagnostic, { start, end, instead }: Written, text: string): boolean {
  const marked = text.slice(range.start, range.end);
  return marked !== '' && start <= range.start && range.end <= end && instead.includes(marked);
}

function isSyntax({ code }: Diagnostic): boolean {
  return code.startsWith('BT1');
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

function keyOf({ code, message }: Diagnostic): string {
  return `${code} ${message}`;
}

function timesOf(diagnostic: Diagnostic, diagnostics: readonly Diagnostic[]): number {
  const key = keyOf(diagnostic);
  return diagnostics.filter((other) => keyOf(other) === key).length;
}

/** A fix may bring up the next mistake; a text that is not done by then needs its author. */
const MOST_ROUNDS = 10;

/** The text with every fix made that may be made without asking, until there is none. */
export function fixedText(text: string, check: Check): string {
  let now: CheckedText = { text, diagnostics: check(text) };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const fixes = now.diagnostics.flatMap((diagnostic) => {
      const fix = preferredFix(soundFixes(diagnostic, now, check), now, check);
      return fix === undefined ? [] : [fix];
    });
    const [first] = fixes;
    if (first === undefined) return now.text;
    const together = applyEdits(
      now.text,
      compatible(fixes).flatMap(({ edits }) => edits),
    );
    const found = check(together);
    // Two fixes that are right each by itself may be one too many.
    const worse = found.filter(isSyntax).length > now.diagnostics.filter(isSyntax).length;
    const next = worse ? applyEdits(now.text, first.edits) : together;
    now = { text: next, diagnostics: worse ? check(next) : found };
  }
  return now.text;
}

/** The first ones that do not touch one another. */
function compatible(fixes: readonly Fix[]): readonly Fix[] {
  const chosen: Fix[] = [];
  for (const fix of fixes) if (!chosen.some((other) => touch(fix, other))) chosen.push(fix);
  return chosen;
}

function touch(a: Fix, b: Fix): boolean {
  return a.edits.some((first) =>
    b.edits.some(({ range }) => first.range.start <= range.end && range.start <= first.range.end),
  );
}

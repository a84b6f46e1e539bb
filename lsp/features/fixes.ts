import type { Diagnostic, Fix, TextEdit } from '../../engine/language/problems/diagnostic.js';
import {
  type Check,
  type CheckedText,
  fixedText,
  preferredFix,
  soundFixes,
} from '../../engine/language/problems/fixes.js';
import { editBetween } from '../../engine/language/text/edit.js';

export interface OfferedFix {
  readonly diagnostic: Diagnostic;
  readonly fix: Fix;
  /** Whether it may be made without asking. */
  readonly preferred: boolean;
}

/** The fixes of those diagnostics of a text that are wanted, each tried: what does not mend its text is not offered. */
export function offeredFixes(
  checked: CheckedText,
  wanted: (diagnostic: Diagnostic) => boolean,
  check: Check,
): readonly OfferedFix[] {
  return checked.diagnostics.filter(wanted).flatMap((diagnostic) => {
    const fixes = soundFixes(diagnostic, checked, check);
    const preferred = preferredFix(fixes, checked, check);
    return fixes.map((fix) => ({ diagnostic, fix, preferred: fix === preferred }));
  });
}

/** The one edit that makes every fix that may be made without asking; undefined where there is none. */
export function fixAllEdit(text: string, check: Check): TextEdit | undefined {
  const fixed = fixedText(text, check);
  if (fixed === text) return undefined;
  const { start, before, after } = editBetween(text, fixed);
  return { range: { start, end: before }, newText: fixed.slice(start, after) };
}

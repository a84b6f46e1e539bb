import type { Workspace } from '../../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import type { Diagnostic, Fix } from '../../../engine/language/problems/diagnostic.js';
import type { FieldCatalogue } from '../../../engine/language/tree/catalogue.js';

export function workspaceOf(text: string, catalogue?: FieldCatalogue): Workspace {
  return loadWorkspace(new Map([['a.betrace', text]]), undefined, catalogue ? { catalogue } : {});
}

export function diagnosticsOf(text: string, catalogue?: FieldCatalogue): readonly Diagnostic[] {
  return workspaceOf(text, catalogue).files.get('a.betrace')?.diagnostics ?? [];
}

/** `BT2202 "error"`: each code with the text that it marks. */
export function marksOf(text: string, catalogue?: FieldCatalogue): readonly string[] {
  return diagnosticsOf(text, catalogue).map(
    ({ code, range }) => `${code} ${text.slice(range.start, range.end)}`,
  );
}

export function applyFix(text: string, fix: Fix): string {
  const edits = [...fix.edits].sort((a, b) => b.range.start - a.range.start);
  return edits.reduce(
    (all, { range, newText }) => all.slice(0, range.start) + newText + all.slice(range.end),
    text,
  );
}

/** What each fix of the first diagnostic makes of the text. */
export function fixedTexts(text: string, catalogue?: FieldCatalogue): readonly string[] {
  const [first] = diagnosticsOf(text, catalogue);
  return (first?.fixes ?? []).map((fix) => applyFix(text, fix));
}

/** A rule whose only clause finds spans that match a filter. */
export function never(filter: string): string {
  return `rule r { never { ${filter} } }`;
}

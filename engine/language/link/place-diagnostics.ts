import type { CheckedFile } from '../check/check-file.js';
import type { RangeElsewhere } from '../check/context.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import type { Range } from '../tree/ast.js';
import { placeOf } from './local-items.js';
import type { ParsedFile } from './resolved.js';

/** Diagnostics by offsets into their file, in the order of the text. */
export interface PlacedDiagnostics {
  readonly diagnostics: readonly Diagnostic[];
  /** Other files of which they name places. */
  readonly others: ReadonlySet<ParsedFile>;
}

/** Puts what was found in items where these are now. */
export function placeDiagnostics(
  file: ParsedFile,
  { items, among }: CheckedFile,
  parsed: ReadonlyMap<string, ParsedFile>,
): PlacedDiagnostics {
  const others = new Set<ParsedFile>();
  const placed: Diagnostic[] = [...file.syntax];
  const startOf = ({ within: { path, item } }: RangeElsewhere): number => {
    const other = path === file.path ? file : parsed.get(path);
    if (other === undefined) return 0;
    if (other !== file) others.add(other);
    return placeOf(other, item)?.start ?? 0;
  };
  const place = (diagnostics: readonly Diagnostic[], start: number): void => {
    for (const diagnostic of diagnostics) placed.push(placedDiagnostic(diagnostic, start, startOf));
  };
  for (const { start, read } of file.items)
    if (read.item !== undefined) place(items.get(read.item)?.diagnostics ?? [], start);
  for (const { item, diagnostics } of among) place(diagnostics, placeOf(file, item)?.start ?? 0);
  placed.sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  return { diagnostics: placed, others };
}

function placedDiagnostic(
  { range, fixes, related, ...diagnostic }: Diagnostic,
  start: number,
  startOf: (range: RangeElsewhere) => number,
): Diagnostic {
  const place = (local: Range | RangeElsewhere): Range => {
    const by = 'within' in local ? startOf(local) : start;
    return { start: local.start + by, end: local.end + by };
  };
  return {
    ...diagnostic,
    range: place(range),
    ...(fixes && {
      fixes: fixes.map((fix) => ({
        ...fix,
        edits: fix.edits.map((edit) => ({ ...edit, range: place(edit.range) })),
      })),
    }),
    ...(related && { related: related.map((other) => ({ ...other, range: place(other.range) })) }),
  };
}

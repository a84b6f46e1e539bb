import type { File, Range } from '../../engine/language/tree/ast.js';
import type { Query } from '../../engine/language/tree/ast-query.js';

/** The syntax around an offset, from the inside out; each range is larger than the one before. */
export function selectionsAt(tree: File | Query, offset: number): readonly Range[] {
  const found: Range[] = [];
  collect('items' in tree ? tree.items : tree, offset, found);
  found.sort((a, b) => a.end - a.start - (b.end - b.start));
  const distinct: Range[] = [];
  for (const range of found) {
    const last = distinct.at(-1);
    if (
      last === undefined ||
      (range.start <= last.start && range.end >= last.end && range.end - range.start > last.end - last.start)
    )
      distinct.push(range);
  }
  return distinct;
}

/** Every node is plain data with a range, so the tree can be walked without knowing its kinds. */
function collect(node: unknown, offset: number, found: Range[]): void {
  if (Array.isArray(node)) {
    for (const child of node) collect(child, offset, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  if ('range' in node) {
    const range = node.range as Range;
    if (offset < range.start || offset > range.end) return;
    if (range.start < range.end) found.push({ start: range.start, end: range.end });
  }
  for (const [key, child] of Object.entries(node)) if (key !== 'range') collect(child, offset, found);
}

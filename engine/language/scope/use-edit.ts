import { insertFix, type TextEdit } from '../problems/diagnostic.js';
import type { Item } from '../tree/ast.js';
import { usePathTo } from './scope.js';

/** Lets a file with these items use another: behind its last `use`, else before its first item. */
export function useEdit(
  path: string,
  other: string,
  items: readonly Item[],
): { readonly written: string; readonly edits: readonly TextEdit[] } {
  const written = usePathTo(path, other).replace(/\.betrace$/u, '');
  const text = `use ${JSON.stringify(written)}`;
  const last = items.findLast(({ kind }) => kind === 'use');
  const offset = last?.range.end ?? items[0]?.range.start ?? 0;
  const { edits } = insertFix(written, offset, last === undefined ? `${text}\n\n` : `\n${text}`);
  return { written, edits };
}

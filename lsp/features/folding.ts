import type { File, Range, TestSpan } from '../../engine/language/tree/ast.js';

export interface Fold extends Range {
  readonly kind?: 'comment';
}

/** Items, the spans of tests, and comments that go over several lines. Which lines these are is the editor's matter. */
export function foldsOf({ items, comments }: File): readonly Fold[] {
  const folds: Fold[] = items.filter(({ kind }) => kind !== 'use').map(({ range }) => range);
  for (const item of items)
    if (item.kind === 'test') for (const span of item.spans) folds.push(...spanFolds(span));
  return [
    ...folds,
    ...commentFolds(comments.map(({ range, text }) => ({ ...range, line: text.startsWith('//') }))),
  ];
}

function spanFolds({ range, entries }: TestSpan): readonly Fold[] {
  return [range, ...entries.flatMap((entry) => (entry.kind === 'span' ? spanFolds(entry) : []))];
}

/** Line comments right below each other fold as one. */
function commentFolds(comments: readonly (Range & { readonly line: boolean })[]): readonly Fold[] {
  const folds: Fold[] = [];
  for (const { start, end, line } of comments) {
    const last = folds.at(-1);
    if (line && last !== undefined && start - last.end <= MOST_INDENT)
      folds[folds.length - 1] = { ...last, end };
    else folds.push({ start, end, kind: 'comment' });
  }
  return folds;
}

/** A line break and the indentation of the next line. */
const MOST_INDENT = 12;

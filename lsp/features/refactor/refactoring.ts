import type { TextEdit } from '../../../engine/language/problems/diagnostic.js';
import type { Item, Range } from '../../../engine/language/tree/ast.js';
import type { Analysis } from '../../workspace/analysis.js';

/** Another way to write what a file says, or more of it. */
export interface Refactoring {
  readonly title: string;
  /** As the protocol sorts them. */
  readonly kind: 'extract' | 'inline' | 'rewrite';
  /** Of the file it was asked for. */
  readonly edits: readonly TextEdit[];
}

/** Where refactorings are asked for: a selection, or a cursor, in an item without mistakes of syntax. */
export interface RefactorPlace {
  readonly analysis: Analysis;
  readonly path: string;
  readonly text: string;
  readonly item: Item;
  readonly range: Range;
}

export function holds(outer: Range, inner: Range): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

import type { Item, StringLiteral } from '../../engine/language/tree/ast.js';

/** A path in a text, and what is in the file: rules, values of a list, or a trace. */
export interface FileLink {
  readonly path: StringLiteral;
  readonly isRules: boolean;
}

/** The files that items name. */
export function fileLinks(items: readonly Item[]): readonly FileLink[] {
  return items.flatMap((item): readonly FileLink[] => {
    if (item.kind === 'use') return [{ path: item.path, isRules: true }];
    if (item.kind === 'list' && 'kind' in item.values) return [{ path: item.values.path, isRules: false }];
    return item.kind === 'test' && item.from !== undefined ? [{ path: item.from, isRules: false }] : [];
  });
}

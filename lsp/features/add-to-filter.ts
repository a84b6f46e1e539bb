import { printExpression } from '../../engine/language/print/print-expression.js';
import type { TextEdit } from '../../engine/language/problems/diagnostic.js';
import type { FieldExpression, File, Filter, Pattern, Range } from '../../engine/language/tree/ast.js';
import type { Query } from '../../engine/language/tree/ast-query.js';
import { patternsOf } from '../../engine/language/tree/walk.js';
import { nodesOf } from '../../engine/language/tree/walk-tree.js';
import { partsOf } from './refactor/new-name.js';

/**
 * Makes the filter, or the pattern, at an offset ask for one more thing: a comparison that needs no parentheses, `span.a = 1`. Null where
 * it asks for that already; undefined where there is nothing to add to.
 */
export function addToFilter(
  tree: File | Query,
  offset: number,
  condition: string,
): TextEdit | null | undefined {
  const filters = [...nodesOf(tree, 'filter')] as Filter[];
  const filter = innermost(filters.filter((found) => holds(found.range, offset)));
  const pattern = innermost(patternsIn(tree).filter(({ range }) => holds(range, offset)));
  const where = pattern?.where;
  if (where !== undefined && holds(where.range, offset)) return joined(where, condition);
  if (filter !== undefined)
    return filter.expression === undefined
      ? { range: filter.range, newText: `{ ${condition} }` }
      : joined(filter.expression, condition);
  if (pattern === undefined) return undefined;
  if (where !== undefined) return joined(where, condition);
  const { end } = pattern.pipeline.range;
  return { range: { start: end, end }, newText: ` where ${condition}` };
}

function joined(expression: FieldExpression, condition: string): TextEdit | null {
  if (partsOf(expression).some((part) => printExpression(part) === condition)) return null;
  const { start, end } = expression.range;
  if (expression.kind !== 'binary' || expression.operator !== '||')
    return { range: { start: end, end }, newText: ` && ${condition}` };
  // Parentheses that are there lie around the range.
  return { range: { start, end }, newText: `(${printExpression(expression)}) && ${condition}` };
}

function patternsIn(tree: File | Query): readonly Pattern[] {
  const clauses =
    'items' in tree
      ? tree.items.flatMap((item) => (item.kind === 'rule' ? item.clauses : []))
      : tree.kind === 'rule'
        ? tree.clauses
        : [];
  return clauses.flatMap(({ condition }) => [...patternsOf(condition)].map(({ pattern }) => pattern));
}

function holds({ start, end }: Range, offset: number): boolean {
  return start <= offset && offset <= end;
}

function innermost<T extends { readonly range: Range }>(found: readonly T[]): T | undefined {
  return found.toSorted((a, b) => a.range.end - a.range.start - (b.range.end - b.range.start))[0];
}

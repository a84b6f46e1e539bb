import type { InExpression, ParameterReference } from './ast.js';

/** Every node of a kind in any part of the tree. It keeps its own stack, like `measure`, for the sake of hostile text. */
export function* nodesOf(root: object, kind: string): Generator<object> {
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const top = stack.pop();
    if (typeof top !== 'object' || top === null) continue;
    if ('kind' in top && top.kind === kind) yield top;
    for (const [key, value] of Object.entries(top)) if (key !== 'range') stack.push(value);
  }
}

/** An `in` behind which a list is named. */
export type ListUse = InExpression & { readonly list: NonNullable<InExpression['list']> };

/** Every `in` of a part of the tree that names a list, in the order of the text. */
export function listUsesOf(root: object): readonly ListUse[] {
  const found = [...nodesOf(root, 'in')] as InExpression[];
  const uses = found.filter((node): node is ListUse => node.list !== undefined);
  return uses.sort((a, b) => a.list.range.start - b.list.range.start);
}

/** Every mention of a parameter in a part of the tree, in the order of the text. */
export function parametersIn(root: object): readonly ParameterReference[] {
  const found = [...nodesOf(root, 'parameter')] as ParameterReference[];
  return found.sort((a, b) => a.range.start - b.range.start);
}

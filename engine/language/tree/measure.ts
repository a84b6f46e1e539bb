export interface TreeMeasure {
  readonly nodes: number;
  readonly depth: number;
}

/**
 * Size and depth of any part of the tree. It keeps its own stack, so that a text nested deeply enough to exhaust the
 * machine's is measured, and refused, before anything recursive sees it.
 */
export function measure(root: object): TreeMeasure {
  let nodes = 0;
  let depth = 0;
  const stack: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 1 }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (typeof top.value !== 'object' || top.value === null) continue;
    const isNode = !Array.isArray(top.value);
    if (isNode) nodes++;
    depth = Math.max(depth, top.depth);
    for (const [key, value] of Object.entries(top.value)) {
      if (key !== 'range') stack.push({ value, depth: top.depth + (isNode ? 1 : 0) });
    }
  }
  return { nodes, depth };
}

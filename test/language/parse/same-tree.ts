/**
 * A tree without what printing does not keep: ranges, spellings, redundant parentheses. Parentheses around patterns are
 * nodes of their own; where they only group operators they are taken away too.
 */
export function meaning(node: unknown): unknown {
  return without(node, new Set(['range', 'raw', 'parens', 'spelling', 'comments']), true);
}

/** A tree without its ranges: all that formatting must keep. */
export function written(node: unknown): unknown {
  return without(node, new Set(['range', 'comments']), false);
}

function without(node: unknown, dropped: ReadonlySet<string>, ungroup: boolean): unknown {
  if (Array.isArray(node)) return node.map((item) => without(item, dropped, ungroup));
  if (typeof node !== 'object' || node === null) return node;
  const record = node as Readonly<Record<string, unknown>>;
  if (ungroup && record.kind === 'group') {
    const { stages } = record.pipeline as {
      readonly stages: readonly { readonly kind: string; readonly expression: unknown }[];
    };
    if (stages.length === 1 && stages[0]?.kind === 'spanset')
      return without(stages[0].expression, dropped, ungroup);
  }
  const kept = Object.entries(record).filter(([key]) => !dropped.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, without(value, dropped, ungroup)]));
}

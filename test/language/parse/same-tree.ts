/**
 * A tree without what printing does not keep: ranges, spellings, redundant parentheses. Parentheses around patterns are
 * nodes of their own; where they only group operators they are taken away too.
 */
export function meaning(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(meaning);
  if (typeof node !== 'object' || node === null) return node;
  const record = node as Readonly<Record<string, unknown>>;
  if (record.kind === 'group') {
    const { stages } = record.pipeline as {
      readonly stages: readonly { readonly kind: string; readonly expression: unknown }[];
    };
    if (stages.length === 1 && stages[0]?.kind === 'spanset') return meaning(stages[0].expression);
  }
  const kept = Object.entries(record).filter(
    ([key]) => !['range', 'raw', 'parens', 'spelling', 'comments'].includes(key),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, meaning(value)]));
}

/** Those of one kind, in their order. */
export function ofKind<T extends { readonly kind: string }, K extends T['kind']>(
  all: readonly T[],
  kind: K,
): readonly Extract<T, { readonly kind: K }>[] {
  return all.filter((item): item is Extract<T, { readonly kind: K }> => item.kind === kind);
}

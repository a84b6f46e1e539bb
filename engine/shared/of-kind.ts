/** Those of one kind, in their order. */
export function ofKind<T extends { readonly kind: string }, K extends T['kind']>(
  all: readonly T[],
  kind: K,
): readonly Extract<T, { readonly kind: K }>[] {
  return all.filter((one): one is Extract<T, { readonly kind: K }> => one.kind === kind);
}

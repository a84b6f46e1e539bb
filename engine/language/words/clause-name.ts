interface NamedClause {
  readonly keyword: string;
  /** From 1, among the clauses of its keyword. */
  readonly index: number;
}

/** `always#1`: the first `always` of its rule. */
export function clauseName({ keyword, index }: NamedClause): string {
  return `${keyword}#${index}`;
}

/** The same of a clause by its place in the rule, of either kind. */
export function clauseNameAt(
  { clauses }: { readonly clauses: readonly NamedClause[] },
  place: number,
): string {
  return clauseName(clauses[place] ?? { keyword: 'clause', index: place });
}

/** Clauses of a rule as they are written, in their order, with their names. */
export function namedClauses<T extends { readonly kind: string }>(
  clauses: readonly T[],
): readonly (readonly [name: string, clause: T])[] {
  const counted = new Map<string, number>();
  return clauses.map((clause) => {
    const index = (counted.get(clause.kind) ?? 0) + 1;
    counted.set(clause.kind, index);
    return [clauseName({ keyword: clause.kind, index }), clause];
  });
}

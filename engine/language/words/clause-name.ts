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

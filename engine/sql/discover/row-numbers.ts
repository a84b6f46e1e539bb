/** The first cells of a row as numbers, by the names of what they are. */
export function numbersIn<Name extends string>(
  row: readonly unknown[],
  ...names: readonly Name[]
): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, n) => [name, Number(row[n])])) as Record<Name, number>;
}

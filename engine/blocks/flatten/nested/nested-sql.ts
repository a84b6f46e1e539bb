/** Pieces of SQL for the nested path. */

/** A text as a literal. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An unsigned 64-bit number read as a signed one, as the fast path does, which keeps the bits. */
export function signed(value: string): string {
  return `(CASE WHEN ${value} > 9223372036854775807::HUGEINT
    THEN (${value})::HUGEINT - 18446744073709551616 ELSE (${value})::HUGEINT END)::BIGINT`;
}

/** The one place where values become SQL text. */

/** A VARCHAR literal. NUL cannot be in SQL text, so it is spelled `chr(0)`. */
export function stringLiteral(value: string): string {
  // A lone surrogate is not a character; as UTF-8 it would be replaced too, but in the driver, out of sight.
  const parts = value
    .toWellFormed()
    .split('\0')
    .map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? parts[0]! : `(${parts.join(' || chr(0) || ')})`;
}

/** A BIGINT literal from decimal text; anything that is not a 64-bit integer is a programming error. */
export function intLiteral(value: string | bigint): string {
  const int = BigInt(value);
  if (BigInt.asIntN(64, int) !== int) throw new RangeError(`not a 64-bit integer: ${value}`);
  // The smallest integer has no literal: `-9223372036854775808` parses as the negation of a too large number.
  return int < 0n ? `CAST('${int}' AS BIGINT)` : `${int}::BIGINT`;
}

export function doubleLiteral(value: number): string {
  if (Number.isFinite(value) && !Object.is(value, -0)) return `CAST('${value}' AS DOUBLE)`;
  if (Number.isNaN(value)) return "CAST('nan' AS DOUBLE)";
  if (value === 0) return "CAST('-0.0' AS DOUBLE)";
  return value > 0 ? "CAST('infinity' AS DOUBLE)" : "CAST('-infinity' AS DOUBLE)";
}

/** A quoted identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The one place where values become SQL text for ClickHouse. */

/** A String literal: a backslash begins an escape, and NUL is one. */
export function stringLiteral(value: string): string {
  const escaped = value
    .toWellFormed()
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll('\0', '\\0')
    // A line feed after a semicolon would pass for the end of a statement.
    .replaceAll('\n', '\\n');
  return `'${escaped}'`;
}

/** An Int64 from decimal text; anything that is not a 64-bit integer is a programming error. */
export function intLiteral(value: string | bigint): string {
  const int = BigInt(value);
  if (BigInt.asIntN(64, int) !== int) throw new RangeError(`not a 64-bit integer: ${value}`);
  // A number alone would be of the narrowest type that it fits, and wrap around in it.
  return `toInt64('${int}')`;
}

export function doubleLiteral(value: number): string {
  if (Number.isNaN(value)) return "toFloat64('nan')";
  if (!Number.isFinite(value)) return value > 0 ? "toFloat64('inf')" : "toFloat64('-inf')";
  return `toFloat64('${Object.is(value, -0) ? '-0' : value}')`;
}

/** A quoted identifier. */
export function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('\n', '\\n')}\``;
}

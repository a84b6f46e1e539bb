/** JSON that DuckDB wrote; NaN and infinities, which JSON has not, stay text, as do ints that a double cannot hold. */
export function parseValue(json: string | null): unknown {
  if (json === null) return null;
  if (/^-?\d+$/.test(json)) return Number.isSafeInteger(Number(json)) ? Number(json) : json;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

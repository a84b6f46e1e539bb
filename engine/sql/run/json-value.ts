/** JSON that DuckDB wrote; NaN and infinities, which JSON has not, are text, as are ints that a double cannot hold. */
export function parseValue(json: string | null): unknown {
  if (json === null) return null;
  try {
    return JSON.parse(
      json.replace(TEXT_OR_NUMBER, (token) => (isOddNumber(token) ? `"${token}"` : token)),
    ) as unknown;
  } catch {
    return json;
  }
}

/** Texts are matched so that what looks like a number in one is passed over. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|(?<![\d.eE])-?\d+(?![\d.eE])|-?(?:NaN|Infinity)/g;

function isOddNumber(token: string): boolean {
  return !token.startsWith('"') && !Number.isSafeInteger(Number(token));
}
